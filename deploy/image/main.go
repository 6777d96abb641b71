// Command image writes the container image of a release as an OCI layout in a tar archive, without an engine and without a
// registry: binaries that are already built, certificate authorities and time zones, and nothing else. The same input gives the
// same bytes. It prints the digest, by which the image is known in every registry that it is copied to:
//
//	skopeo copy --all oci-archive:wvwatch_1.2.3_oci.tar docker://registry.example.com/wvwatch/wvwatch:1.2.3
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	var o options
	flag.StringVar(&o.version, "version", "", "of the release; the tag in the layout")
	flag.StringVar(&o.revision, "revision", "", "commit of the release")
	flag.StringVar(&o.out, "out", "", "archive to write")
	flag.StringVar(&o.zones, "zones", "", "zoneinfo.zip of the Go distribution")
	seconds := flag.Int64("created", 0, "time of the release, in seconds since 1970")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: image -version V -out FILE -zones ZIP [-created SECONDS] [-revision COMMIT] ARCH=BINARY...")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.created = time.Unix(*seconds, 0).UTC()
	o.binaries = flag.Args()
	digest, err := run(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Println(digest)
}

// options hold what an image is made of.
type options struct {
	version, revision, out, zones string
	created                       time.Time
	binaries                      []string // ARCH=FILE each
}

// run writes the archive and returns the digest of its index.
func run(o options) (string, error) {
	if o.version == "" || o.out == "" || len(o.binaries) == 0 {
		return "", errors.New("a version, an archive and a binary are needed: see -help")
	}
	base, err := baseLayer(o.zones)
	if err != nil {
		return "", err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arg := range o.binaries {
		arch, file, ok := strings.Cut(arg, "=")
		if !ok {
			return "", fmt.Errorf("%q: write ARCH=BINARY", arg)
		}
		image, err := newImage(o, arch, file, base)
		if err != nil {
			return "", fmt.Errorf("image for %s: %w", arch, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	index = mutate.Annotations(index, o.labels()).(v1.ImageIndex)
	digest, err := index.Digest()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(filepath.Dir(o.out), ".image-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return "", err
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": o.version})); err != nil {
		return "", err
	}
	return digest.String(), archive(dir, o.out, o.created)
}

// labels describe the image, by the names of the OCI.
func (o options) labels() map[string]string {
	all := map[string]string{
		"org.opencontainers.image.title":       "wvwatch",
		"org.opencontainers.image.description": "Counts DRM licence server codes in logs, for Prometheus",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     o.version,
		"org.opencontainers.image.created":     o.created.Format(time.RFC3339),
	}
	if o.revision != "" {
		all["org.opencontainers.image.revision"] = o.revision
	}
	return all
}

// newImage returns the image of one architecture: the same as deploy/Containerfile
// makes of a checkout.
func newImage(o options, arch, binary string, base v1.Layer) (v1.Image, error) {
	program, err := programLayer(binary)
	if err != nil {
		return nil, err
	}
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	created := v1.Time{Time: o.created}
	image, err = mutate.Append(image,
		mutate.Addendum{Layer: base, History: v1.History{Created: created, CreatedBy: "certificate authorities, time zones, user"}},
		mutate.Addendum{Layer: program, History: v1.History{Created: created, CreatedBy: "wvwatch " + o.version}})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", arch, created
	config.Config = v1.Config{
		User:         fmt.Sprintf("%d:%[1]d", user),
		Env:          []string{"PATH=/usr/bin", "ZONEINFO=/" + zoneFile, "WVWATCH_STATE_DIRECTORY=/" + stateDir, "WVWATCH_WEB_LISTEN=:9477"},
		Entrypoint:   []string{"/" + programFile},
		Cmd:          []string{"run", "--config", "/etc/wvwatch/config.yaml"},
		Volumes:      map[string]struct{}{"/" + stateDir: {}},
		ExposedPorts: map[string]struct{}{"9477/tcp": {}},
		Labels:       o.labels(),
	}
	return mutate.ConfigFile(image, config)
}
