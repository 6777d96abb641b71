package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkAnalyze reads the corpora of testdata/bench. Its profile is what the
// compiler is given (make pgo).
func BenchmarkAnalyze(b *testing.B) {
	for _, kind := range [...]string{"json", "text", "dense", "noise"} {
		b.Run(kind, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), kind+".log")
			out, err := os.Create(file)
			if err != nil {
				b.Fatal(err)
			}
			corpus := exec.Command("go", "run", "../../testdata/bench", "-kind", kind, "-lines", "200000")
			corpus.Stdout, corpus.Stderr = out, os.Stderr
			if err := corpus.Run(); err != nil {
				b.Fatal(err)
			}
			info, err := out.Stat()
			if err != nil {
				b.Fatal(err)
			}
			if err := out.Close(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			for b.Loop() {
				if status := run(context.Background(), []string{"analyze", file}, nil, io.Discard, os.Stderr); status != exitFine {
					b.Fatalf("status %d", status)
				}
			}
		})
	}
}
