package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// privateWords are words that this project's text had in place of the field's own; the
// glossary has what to write. maxPrivate is the most of them in a thousand words of
// comments and docs: it may fall, and does not rise.
const maxPrivate = 0.5

var (
	privateWords = regexp.MustCompile(`(?i)\b(told|tells?|telling|stands?|stood|lies?|whose|beside|behind|nobody|anew|somebody|anybody|speaks?|spoke|says?|said)\b`)
	anyWord      = regexp.MustCompile(`[A-Za-z']+`)
	comment      = regexp.MustCompile(`//(.*)`)
)

// TestPrivateWords counts private words in the comments of Go files and in the docs.
func TestPrivateWords(t *testing.T) {
	words, private := 0, 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && (name == ".git" || name == "node_modules" || name == "bin" || name == "dist") {
			return filepath.SkipDir
		}
		ext := filepath.Ext(path)
		if d.IsDir() || ext != ".go" && ext != ".md" || strings.HasSuffix(path, "words_test.go") || strings.HasSuffix(path, "slips_test.go") || strings.HasSuffix(path, "docs/glossary.md") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if ext == ".go" {
			var b strings.Builder
			for _, m := range comment.FindAllStringSubmatch(string(text), -1) {
				b.WriteString(m[1] + "\n")
			}
			text = []byte(b.String())
		}
		words += len(anyWord.FindAll(text, -1))
		private += len(privateWords.FindAll(text, -1))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if words < 100_000 {
		t.Fatalf("only %d words found", words)
	}
	share := 1000 * float64(private) / float64(words)
	t.Logf("%d private words in %d: %.2f in a thousand", private, words, share)
	if share > maxPrivate {
		t.Errorf("%.2f private words in a thousand, more than %.2f: docs/glossary.md and CONTRIBUTING.md have what to write", share, maxPrivate)
	}
}
