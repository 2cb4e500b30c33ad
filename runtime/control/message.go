package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Version of the protocol. A daemon refuses a client of another version by
// name, so that a shim that outlived an upgrade says what to do.
const Version = 2

// Kind tells what a message is; messages.go has the body of each.
type Kind string

// Kinds of messages. The client is the shim, the wrapper or the command line,
// and asks; the daemon answers.
const (
	KindAdmit    Kind = "admit"    // Admit → admitted | refused
	KindAdmitted Kind = "admitted" // Admission
	KindRefused  Kind = "refused"  // Refusal; answers any request

	KindKeep     Kind = "keep"     // Keep → kept | refused; then the connection is the container's
	KindKept     Kind = "kept"     // Kept, and a pidfd of the daemon
	KindListener Kind = "listener" // Listener, and two files: the listener, its slots → serving | refused
	KindServing  Kind = "serving"  // Serving
	KindEnded    Kind = "ended"    // Ended, unasked: the last task of a listener is gone
	KindGap      Kind = "gap"      // Gap → noted
	KindNoted    Kind = "noted"    // no body
	KindStarted  Kind = "started"  // Started, unanswered
	KindGone     Kind = "gone"     // no body, unanswered: the container was deleted

	KindPs         Kind = "ps"         // no body → containers
	KindContainers Kind = "containers" // Containers
	KindEvents     Kind = "events"     // Events → event…, end
	KindEvent      Kind = "event"      // the alert's JSON record
	KindEnd        Kind = "end"        // no body
	KindReload     Kind = "reload"     // no body → done | refused
	KindDone       Kind = "done"       // no body
	KindVersion    Kind = "version"    // no body → versions
	KindVersions   Kind = "versions"   // Versions
)

// Message is one frame. Its files are the receiver's, who closes them.
type Message struct {
	Kind  Kind            `json:"kind"`
	Body  json.RawMessage `json:"body,omitempty"`
	Files []*os.File      `json:"-"`
}

// NewMessage makes a message; a nil body is none. The files stay the caller's
// and may be closed once the message was sent.
func NewMessage(kind Kind, body any, files ...*os.File) (Message, error) {
	m := Message{Kind: kind, Files: files}
	if body == nil {
		return m, nil
	}
	b, err := encode(body)
	if err != nil {
		return Message{}, fmt.Errorf("make %s message: %w", kind, err)
	}
	m.Body = b
	return m, nil
}

// encode leaves < and > as they are: an alert that travels in a message comes out
// of it as it went in.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Decode reads the body into what v points to.
func (m *Message) Decode(v any) error {
	if err := json.Unmarshal(m.Body, v); err != nil {
		return fmt.Errorf("read %s message: %w", m.Kind, err)
	}
	return nil
}

// CloseFiles closes the files of a message that was received.
func (m *Message) CloseFiles() {
	for _, f := range m.Files {
		_ = f.Close()
	}
	m.Files = nil
}
