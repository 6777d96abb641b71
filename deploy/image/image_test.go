package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// build builds wvwatch for this machine, as deploy/release.sh does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "wvwatch")
	cmd := exec.Command("go", "build", "-C", "../..", "-trimpath", "-ldflags", "-X main.version=1.2.3", "-o", binary, "./cmd/wvwatch")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func testOptions(t *testing.T, binaries ...string) options {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return options{
		version: "1.2.3", revision: "abc", out: filepath.Join(t.TempDir(), "oci.tar"), created: time.Unix(1_700_000_000, 0),
		zones: filepath.Join(strings.TrimSpace(string(root)), "lib/time/zoneinfo.zip"), binaries: binaries,
	}
}

// unpack unpacks an archive, and returns its directory.
func unpack(t *testing.T, r io.Reader) string {
	t.Helper()
	dir := t.TempDir()
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
		} else {
			text, err := io.ReadAll(files)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(path, h.Uid, h.Gid); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// readIndex returns the index of an archive.
func readIndex(t *testing.T, archive string) v1.ImageIndex {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	top, err := layout.ImageIndexFromPath(unpack(t, f))
	if err != nil {
		t.Fatal(err)
	}
	m, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Manifests) != 1 || m.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "1.2.3" {
		t.Fatalf("the layout has %+v", m.Manifests)
	}
	index, err := top.ImageIndex(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// The layout is valid, has an image for each architecture, and the digest that is printed.
func TestLayout(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("a program"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, "amd64="+program, "arm64="+program)
	digest, err := run(o)
	if err != nil {
		t.Fatal(err)
	}
	index := readIndex(t, o.out)
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	if got, err := index.Digest(); err != nil || got.String() != digest {
		t.Errorf("digest %s, printed %s: %v", got, digest, err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, d := range m.Manifests {
		platforms = append(platforms, d.Platform.String())
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		c, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if c.Config.User != "65532:65532" || c.Architecture != d.Platform.Architecture || c.Config.Labels["org.opencontainers.image.version"] != "1.2.3" {
			t.Errorf("%s: %+v", d.Platform, c)
		}
	}
	if got := strings.Join(platforms, " "); got != "linux/amd64 linux/arm64" {
		t.Errorf("platforms %s", got)
	}
	// The same input, the same bytes.
	again := testOptions(t, o.binaries...)
	if _, err := run(again); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(o.out)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(again.out); err != nil || !bytes.Equal(first, second) {
		t.Errorf("two runs wrote %d and %d different bytes: %v", len(first), len(second), err)
	}
}

// The program runs in the file system of the image, as its user, with authorities and time zones.
func TestImageRuns(t *testing.T) {
	o := testOptions(t, runtime.GOARCH+"="+build(t))
	if _, err := run(o); err != nil {
		t.Fatal(err)
	}
	index := readIndex(t, o.out)
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	image, err := index.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	files := mutate.Extract(image)
	defer files.Close()
	root := unpack(t, files)
	certs, err := os.ReadFile(filepath.Join(root, certFile))
	if err != nil || !x509.NewCertPool().AppendCertsFromPEM(certs) {
		t.Errorf("no certificate authorities: %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("not root: the image is not run")
	}
	// The directories above are the test's own.
	for dir := root; dir != filepath.Dir(dir) && dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := "sources: [{name: proxy, files: [/logs/*.log], timezone: Europe/Zurich}]\n"
	if err := os.WriteFile(filepath.Join(root, "etc/wvwatch/config.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"version"}, {"check", "/etc/wvwatch/config.yaml"}} {
		cmd := exec.Command(c.Config.Entrypoint[0], args...)
		cmd.Dir, cmd.Env = "/", c.Config.Env
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: user}}
		out, err := cmd.CombinedOutput()
		if err != nil || args[0] == "version" && !strings.Contains(string(out), "1.2.3") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
