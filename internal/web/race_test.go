//go:build race

package web

// raceDetector is for tests that take minutes under it.
const raceDetector = true
