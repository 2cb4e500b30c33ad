//go:build !slowrules

package tracer

func delay() {}
