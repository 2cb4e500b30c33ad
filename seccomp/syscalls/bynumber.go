package syscalls

// ByNumber holds something for each number of a call. It is asked about every
// intercepted call, so it is an array and not a map: numbers are small.
type ByNumber[T any] struct{ lists [numABIs][]T }

// Set holds v for a number that Number gave.
func (b *ByNumber[T]) Set(a ABI, nr int, v T) {
	if missing := nr + 1 - len(b.lists[a]); missing > 0 {
		b.lists[a] = append(b.lists[a], make([]T, missing)...)
	}
	b.lists[a][nr] = v
}

// Get is what was set, or the zero value.
func (b *ByNumber[T]) Get(a ABI, nr int) (v T) {
	if a >= numABIs || nr < 0 || nr >= len(b.lists[a]) {
		return v
	}
	return b.lists[a][nr]
}
