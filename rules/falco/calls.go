package falco

import "slices"

// calls are the system calls for which a condition can hold, as far as its
// comparisons of evt.type tell; nil means any.
func (n *names) calls(x Node, depth int) []string {
	if depth > maxDepth {
		return nil
	}
	switch x := x.(type) {
	case *Check:
		if x.Left.Field == "evt.type" && !x.Left.Indexed && (x.Op == "=" || x.Op == "==" || x.Op == "in") && x.Modifier == "" {
			return n.texts(x.Values)
		}
	case *Macro:
		return n.callsOf(x.Name, depth+1)
	case *Logic:
		if x.Or {
			return n.union(x.Parts, depth)
		}
		return n.narrow(nil, x.Parts, depth)
	}
	return nil
}

// callsOf are the calls of a macro. Each is looked into once: macros that use
// others twice would take for ever.
func (n *names) callsOf(macro string, depth int) []string {
	if calls, done := n.known[macro]; done {
		return calls
	}
	n.known[macro] = nil // what is defined by itself
	if body := n.macros[macro]; body != nil {
		n.known[macro] = n.calls(body, depth)
	}
	return n.known[macro]
}

func (n *names) union(parts []Node, depth int) []string {
	all := []string{}
	for _, part := range parts {
		calls := n.calls(part, depth+1)
		if calls == nil {
			return nil
		}
		all = append(all, calls...)
	}
	return all
}

// narrow is what remains of some calls where all parts hold.
func (n *names) narrow(calls []string, parts []Node, depth int) []string {
	for _, part := range parts {
		switch more := n.calls(part, depth+1); {
		case more == nil:
		case calls == nil:
			calls = more
		default:
			calls = slices.DeleteFunc(slices.Clone(calls), func(c string) bool { return !slices.Contains(more, c) })
		}
	}
	return calls
}

// texts are values with the lists that they name expanded.
func (n *names) texts(values []Value) []string {
	texts := []string{}
	for _, v := range values {
		if items, ok := n.lists[v.Text]; ok && !v.Quoted {
			texts = append(texts, items...)
		} else {
			texts = append(texts, v.Text)
		}
	}
	return texts
}

// only reports whether all of some calls are among others; false for any call.
func only(calls []string, others ...string) bool {
	return len(calls) > 0 && !slices.ContainsFunc(calls, func(c string) bool { return !slices.Contains(others, c) })
}
