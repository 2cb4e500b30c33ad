package control

import (
	"context"
	"fmt"
)

// Ask sends a request and reads its answer, of the kind that is wanted, into
// what answer points to (nil: the answer has no body). A refusal is an error of
// type Refusal. It is for connections on which nothing comes unasked.
func (c *Conn) Ask(ctx context.Context, request Message, want Kind, answer any) error {
	if err := c.Send(ctx, request); err != nil {
		return err
	}
	m, err := c.Receive(ctx)
	if err != nil {
		return err
	}
	defer m.CloseFiles()
	switch {
	case m.Kind == KindRefused:
		var r Refusal
		if err := m.Decode(&r); err != nil {
			return err
		}
		return r
	case m.Kind != want:
		return fmt.Errorf("ask %s: the answer is %s, not %s", request.Kind, m.Kind, want)
	case answer == nil:
		return nil
	}
	return m.Decode(answer)
}
