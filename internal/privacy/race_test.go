//go:build race

package privacy

// raceDetector is for tests that take minutes under it.
const raceDetector = true
