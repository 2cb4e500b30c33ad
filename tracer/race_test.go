//go:build race

package tracer_test

// raceDetector: it needs memory of its own.
const raceDetector = true
