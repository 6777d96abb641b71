package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	user        = 65532 // nonroot, as in the distroless images
	programFile = "usr/bin/wvwatch"
	certFile    = "etc/ssl/certs/ca-certificates.crt" // where crypto/x509 looks first
	zoneFile    = "usr/share/zoneinfo.zip"
	stateDir    = "var/lib/wvwatch"
)

// epoch is the time of every file, so that a layer is the same in each release
// that does not change it.
var epoch = time.Unix(0, 0)

// baseLayer returns what wvwatch needs besides its binary: certificate authorities,
// those of the pinned module, time zones, which are read from zones, a user's name,
// and directories.
func baseLayer(zones string) (v1.Layer, error) {
	zip, err := os.ReadFile(zones)
	if err != nil {
		return nil, fmt.Errorf("time zones: %w", err)
	}
	l := &layerWriter{}
	for _, dir := range []string{"etc", "etc/ssl", "etc/ssl/certs", "etc/wvwatch", "usr", "usr/share", "var", "var/lib"} {
		l.dir(dir, 0o755, 0)
	}
	l.dir(stateDir, 0o750, user)
	l.dir("tmp", 0o1777, 0)
	l.file("etc/passwd", 0o644, fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%[1]d:nonroot:/%s:/sbin/nologin\n", user, stateDir))
	l.file("etc/group", 0o644, fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", user))
	l.file("etc/nsswitch.conf", 0o644, []byte("hosts: files dns\n"))
	l.file(certFile, 0o644, authorities())
	l.file(zoneFile, 0o644, zip)
	return l.layer()
}

// authorities returns the certificates that are trusted without a condition, as PEM.
func authorities() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}) // a buffer takes all
		}
	}
	return b.Bytes()
}

// programLayer returns the layer with the binary.
func programLayer(binary string) (v1.Layer, error) {
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	l := &layerWriter{}
	l.dir("usr", 0o755, 0)
	l.dir("usr/bin", 0o755, 0)
	l.file(programFile, 0o755, program)
	return l.layer()
}

// layerWriter collects the files of a layer. The first error is kept for layer.
type layerWriter struct {
	b   bytes.Buffer
	w   *tar.Writer
	err error
}

func (l *layerWriter) dir(name string, mode int64, owner int) {
	l.add(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, Uid: owner, Gid: owner}, nil)
}

func (l *layerWriter) file(name string, mode int64, content []byte) {
	l.add(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}, content)
}

func (l *layerWriter) add(h *tar.Header, content []byte) {
	if l.w == nil {
		l.w = tar.NewWriter(&l.b)
	}
	h.ModTime, h.Format = epoch, tar.FormatPAX
	if l.err == nil {
		l.err = l.w.WriteHeader(h)
	}
	if l.err == nil {
		_, l.err = l.w.Write(content)
	}
}

func (l *layerWriter) layer() (v1.Layer, error) {
	if l.err == nil {
		l.err = l.w.Close()
	}
	if l.err != nil {
		return nil, l.err
	}
	text := l.b.Bytes()
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
		tarball.WithMediaType(types.OCILayer))
}

// archive writes the files of a directory into a tar archive, in the order of their
// names, all of one time.
func archive(dir, out string, at time.Time) (err error) {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := tar.NewWriter(f)
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if e.IsDir() {
			return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: at})
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: at}); err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	return w.Close()
}
