package event

import "reflect"

// blank is an event of which nothing is known.
var blank = func() (e Event) {
	markMissing(reflect.ValueOf(&e).Elem())
	return e
}()

func markMissing(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			markMissing(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			markMissing(v.Index(i))
		}
	case reflect.Int:
		v.SetInt(Missing)
	}
}

// Reset makes the event one of which nothing is known.
func (e *Event) Reset() { *e = blank }
