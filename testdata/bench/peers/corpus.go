package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

func kinds() []string { return []string{"json", "text", "dense", "noise"} }

// corpus is a generated log and what is true of it.
type corpus struct {
	kind  string
	file  string
	size  int64
	truth counts
}

// corpus generates the corpus of a kind, unless this run has it already.
func (b *bench) corpus(ctx context.Context, kind string) (corpus, error) {
	return b.corpusOf(ctx, kind, b.lines)
}

// corpusOf does so with another number of lines.
func (b *bench) corpusOf(ctx context.Context, kind string, lines int) (corpus, error) {
	name := filepath.Join(b.dir, fmt.Sprintf("%s-%d", kind, lines))
	file, truth := name+".log", name+".tsv"
	if _, err := os.Stat(truth); err != nil {
		generator := filepath.Join(b.dir, "generator")
		if err := goBuild(ctx, generator, "wvwatch/testdata/bench"); err != nil {
			return corpus{}, err
		}
		out, err := os.Create(file)
		if err != nil {
			return corpus{}, err
		}
		defer out.Close()
		cmd := exec.CommandContext(ctx, generator, "-kind", kind, "-lines", strconv.Itoa(lines), "-truth", truth)
		cmd.Stdout, cmd.Stderr = out, b.log
		if err := cmd.Run(); err != nil {
			return corpus{}, fmt.Errorf("generate %s: %w", kind, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return corpus{}, err
	}
	table, err := os.ReadFile(truth)
	if err != nil {
		return corpus{}, err
	}
	c := corpus{kind: kind, file: file, size: info.Size()}
	c.truth, err = readTruth(table)
	return c, err
}

// cut writes the first lines of the corpus to so many files of a new folder, about
// size bytes in all; no two files begin alike.
func (b *bench) cut(c corpus, files int, size int64) ([]string, error) {
	dir, err := os.MkdirTemp(b.dir, "cut-")
	if err != nil {
		return nil, err
	}
	in, err := c.endless()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	names := make([]string, files)
	for i := range names {
		names[i] = filepath.Join(dir, fmt.Sprintf("%04d.log", i))
		out, err := os.Create(names[i])
		if err != nil {
			return nil, err
		}
		w := bufio.NewWriterSize(out, 1<<20)
		for n := int64(0); n < size/int64(files); {
			line, err := in.next()
			if err != nil {
				return nil, err
			}
			n += int64(len(line))
			if _, err := w.Write(line); err != nil {
				return nil, err
			}
		}
		if err := errors.Join(w.Flush(), out.Close()); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// endless reads the lines of a corpus over and over.
type endless struct {
	*os.File
	buffer *bufio.Reader
}

func (c corpus) endless() (*endless, error) {
	f, err := os.Open(c.file)
	if err != nil {
		return nil, err
	}
	return &endless{f, bufio.NewReaderSize(f, 1<<20)}, nil
}

// next returns the next line, valid until the next call.
func (e *endless) next() ([]byte, error) {
	line, err := e.buffer.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		if _, err := e.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		e.buffer.Reset(e.File)
		line, err = e.buffer.ReadSlice('\n')
	}
	return line, err
}
