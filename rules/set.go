package rules

import (
	"github.com/callgate/callgate/rules/event"
	"github.com/callgate/callgate/rules/falco"
)

// Set is a loaded and checked set of rules; it is read-only and may be shared.
type Set struct {
	rules []*Rule
	calls map[string]*callIndex

	matching Matching
	notes    []falco.Note
}

// callIndex are the enabled rules that concern one evt.type.
type callIndex struct {
	rules []*callRule
	needs event.Need
}

// Rules are all rules in the order of their definition, disabled ones too.
func (s *Set) Rules() []*Rule { return s.rules }

// Notes tell what of Falco's files was not carried over as it stands.
func (s *Set) Notes() []falco.Note { return s.notes }

// CallNeeds are the sources that the conditions of the enabled rules read for
// a call of this evt.type, once evt.type itself is known.
func (s *Set) CallNeeds(evtType string) event.Need {
	if c := s.calls[evtType]; c != nil {
		return c.needs
	}
	return 0
}

// index sorts the enabled rules by the calls that they concern.
func (s *Set) index() {
	s.calls = make(map[string]*callIndex)
	for _, r := range s.rules {
		for typ, c := range r.calls {
			if s.calls[typ] == nil {
				s.calls[typ] = &callIndex{}
			}
			s.calls[typ].rules = append(s.calls[typ].rules, c)
			s.calls[typ].needs |= c.needs
		}
	}
}
