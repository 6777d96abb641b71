//go:build race

package replay

// raceDetector is for tests that take minutes under it and hold no concurrency.
const raceDetector = true
