package condition

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/callgate/callgate/rules/event"
)

// isArguments reports whether a field is all arguments of the program.
func isArguments(r event.Ref) bool { return r.Name == "proc.arg" && r.Whole() }

var (
	firstArgument, _ = event.Lookup("proc.arg")
	allArguments, _  = event.Lookup("proc.args")
)

// arguments are the program's arguments, empty ones too. Beyond proc.arg's they
// are only known joined by spaces, and are taken apart there.
func arguments(e *event.Event, s *event.Scratch) ([]string, bool) {
	rest := allArguments.Slot().Text(e)
	if rest == "" {
		return nil, false
	}
	start := len(s.Texts)
	for _, arg := range firstArgument.Slot().Texts(e) {
		if !strings.HasPrefix(rest, arg) {
			break // only in events that were not read from a process
		}
		s.Texts = append(s.Texts, arg)
		if rest = rest[len(arg):]; rest == "" {
			return s.Texts[start:], true
		}
		rest = rest[1:]
	}
	for arg := range strings.SplitSeq(rest, " ") {
		s.Texts = append(s.Texts, arg)
	}
	return s.Texts[start:], true
}

// options are an optstring of getopt(3).
type options struct{ known, takesValue [256]bool }

func parseOptions(optstring string) (*options, error) {
	o := new(options)
	for i, letter := range []byte(strings.TrimPrefix(optstring, ":")) {
		rest := strings.TrimPrefix(optstring, ":")[i+1:]
		switch {
		case letter == ':' && i > 0 && rest[:min(1, len(rest))] != ":":
			continue
		case letter <= ' ' || letter >= 0x7f || letter == ':' || letter == '-' || o.known[letter]:
			return nil, fmt.Errorf("%q are no options of getopt: each is one character, with a colon behind it when it takes a value", optstring)
		}
		o.known[letter], o.takesValue[letter] = true, strings.HasPrefix(rest, ":")
	}
	return o, nil
}

// getopt is the list of the options that a program was given and their values,
// or the value of the one that key names; an option without a value is its own
// letter. As in Falco, the last one counts, "?" stands for an option that is not
// known, "" for a value that is not there, and long options are left out.
func getopt(args *value, optstring, key string) (*value, error) {
	o, err := parseOptions(optstring)
	if err != nil {
		return nil, err
	}
	v := combine("getopt("+args.name+", "+strconv.Quote(optstring)+")", args)
	v.option = true
	if key == "" {
		v.texts = func(e *event.Event, s *event.Scratch) ([]string, bool) {
			all, ok := args.texts(e, s)
			start := len(s.Texts)
			for each := (optionReader{args: all}); ok && each.next(o); {
				if s.Texts = append(s.Texts, each.name); each.valued {
					s.Texts = append(s.Texts, each.value)
				}
			}
			return s.Texts[start:], len(s.Texts) > start
		}
		return v, nil
	}
	if len(key) != 1 || !o.known[key[0]] {
		return nil, fmt.Errorf("%q is not an option of %q", key, optstring)
	}
	v.name += "[" + strconv.Quote(key) + "]"
	v.text = func(e *event.Event, s *event.Scratch) (last string, found bool) {
		all, ok := args.texts(e, s)
		for each := (optionReader{args: all}); ok && each.next(o); {
			switch {
			case each.name == key && each.valued:
				last, found = each.value, true
			case each.name == key || each.missing == key[0]:
				last, found = each.name, true
			}
		}
		return last, found
	}
	return v, nil
}

// optionReader reads one option after the other.
type optionReader struct {
	args    []string
	cluster string // what is left of -abc

	name, value string
	valued      bool
	missing     byte // the option that lacks its value; name is empty then
}

func (r *optionReader) next(o *options) bool {
	for r.cluster == "" {
		if len(r.args) == 0 || len(r.args[0]) < 2 || r.args[0][0] != '-' || r.args[0] == "--" {
			return false
		}
		if r.args[0][1] != '-' {
			r.cluster = r.args[0][1:]
		}
		r.args = r.args[1:]
	}
	letter := r.cluster[0]
	r.name, r.cluster = r.cluster[:1], r.cluster[1:]
	r.value, r.valued, r.missing = "", false, 0
	switch {
	case !o.known[letter]:
		r.name = "?"
	case !o.takesValue[letter]:
	case r.cluster != "":
		r.value, r.valued, r.cluster = r.cluster, true, ""
	case len(r.args) > 0:
		r.value, r.valued, r.args = r.args[0], true, r.args[1:]
	default:
		r.name, r.missing = "", letter
	}
	return true
}
