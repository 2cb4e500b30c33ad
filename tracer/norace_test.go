//go:build !race

package tracer_test

const raceDetector = false
