package condition

// prepare compiles the test's literals, so that judging an event allocates
// nothing and can't fail.
func (t *Test) prepare() error {
	if t.Other != nil {
		t.preparePair()
		return nil
	}
	if t.Op == Present || t.Op == IsTrue || t.Op == IsFalse {
		t.text = func(string) bool { return true }
		t.number = func(int) bool { return true }
		return nil
	}
	if t.Quant != Any || t.Differs {
		return t.prepareEach()
	}
	var err error
	t.text, err = textMatcher(t.Op, t.Strings)
	t.number = numberMatcher(t.Op, t.Numbers)
	return err
}

// prepareEach compiles each literal by itself, for a quantifier.
func (t *Test) prepareEach() error {
	var texts []func(string) bool
	var numbers []func(int) bool
	for i := range t.Strings {
		fits, err := textMatcher(t.Op, t.Strings[i:i+1])
		if err != nil {
			return err
		}
		texts = append(texts, fits)
	}
	for i := range t.Numbers {
		numbers = append(numbers, numberMatcher(t.Op, t.Numbers[i:i+1]))
	}
	t.text, t.number = quantify(texts, t.Quant, t.Differs), quantify(numbers, t.Quant, t.Differs)
	return nil
}

// quantify counts how many fit, those that do not where differs is set.
func quantify[T any](fits []func(T) bool, q Quant, differs bool) func(T) bool {
	return func(v T) bool {
		n := 0
		for _, fit := range fits {
			if fit(v) != differs {
				n++
			}
		}
		switch q {
		case All:
			return n == len(fits) && n > 0
		case One:
			return n == 1
		}
		return n > 0
	}
}

func (t *Test) preparePair() {
	t.texts, t.pairs = textual[t.Op], order[t.Op]
	if t.Op == Equal {
		t.texts = func(a, b string) bool { return a == b }
		t.pairs = func(a, b int) bool { return a == b }
	}
}
