//go:build race

package proc

// raceDetector: it makes calls allocate that otherwise don't.
const raceDetector = true
