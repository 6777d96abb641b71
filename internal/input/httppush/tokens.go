package httppush

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// tokens are the bearer tokens that are accepted. The file is read again when it
// changes; while it can not be read, the last ones stay.
type tokens struct {
	file string
	log  *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	changed time.Time
	sums    [][sha256.Size]byte
}

// readTokens returns the hashes of the tokens in a file: they are compared in
// constant time.
func readTokens(file string) (sums [][sha256.Size]byte, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			sums = append(sums, sha256.Sum256(line))
		}
	}
	if len(sums) == 0 {
		return nil, fmt.Errorf("%q holds no token: write one a line", file)
	}
	return sums, nil
}

var errNoToken = errors.New("no valid token: send a line of token_file, as Authorization: Bearer TOKEN")

// check returns nil if token is one of them.
func (t *tokens) check(token string) error {
	t.refresh(time.Now())
	sum := sha256.Sum256([]byte(token))
	t.mu.Lock()
	defer t.mu.Unlock()
	found := 0
	for i := range t.sums {
		found |= subtle.ConstantTimeCompare(sum[:], t.sums[i][:])
	}
	if found == 0 || token == "" {
		return errNoToken
	}
	return nil
}

// refresh reads the file again if it changed, at most once a second.
func (t *tokens) refresh(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.looked) < time.Second {
		return
	}
	t.looked = now
	info, err := os.Stat(t.file)
	if err == nil && info.ModTime().Equal(t.changed) {
		return
	}
	var sums [][sha256.Size]byte
	if err == nil {
		sums, err = readTokens(t.file)
	}
	if err != nil {
		t.log.Warn("tokens can not be read: the last ones stay valid", "component", "httppush", "file", t.file, "err", err)
		return
	}
	t.sums, t.changed = sums, info.ModTime()
}
