package falco

import "github.com/callgate/callgate/rules/source"

// Note tells of one thing that was not carried over as it stands.
type Note struct {
	source.Position
	// Item is the kind and name of what it is about, "" for the file.
	Item string
	Msg  string
}

func (n Note) String() string {
	if n.Item == "" {
		return n.Position.String() + ": " + n.Msg
	}
	return n.Position.String() + ": " + n.Item + ": " + n.Msg
}
