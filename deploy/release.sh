#!/usr/bin/env bash
# Builds a release into dist/: for each architecture a tar.gz, deb, rpm and SBOM; one container image of all of them as an OCI
# layout, the Helm chart that refers to it, and one SHA256SUMS.
# Two runs on one commit with one Go version write the same bytes.
# Environment: VERSION (default: the tag, else 0.0.0-dev with the commit), ARCHES (default: amd64 arm64).
set -euo pipefail
cd "$(dirname "$0")/.."

nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.1
sbom=github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

commit=$(git rev-parse --short=12 HEAD)
version=${VERSION:-$(git describe --tags --exact-match 2>/dev/null || echo "0.0.0-dev.g$commit")}
version=${version#v}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH VERSION=$version

rm -rf dist
root=dist/root # what the packages and the archive contain
mkdir -p "$root/man" "$root/chart"
binaries=()     # ARCH=FILE each, for the image

# The licence of every module that is linked in, as they ask for.
go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/wvwatch | sort -u |
    while read -r path v dir; do
        printf '==== %s %s\n\n' "$path" "$v"
        find "$dir" -maxdepth 1 \( -iname 'LICENSE*' -o -iname 'NOTICE*' -o -iname 'COPYING*' \) | sort | xargs cat
        printf '\n'
    done >"$root/THIRD-PARTY-LICENSES"

go run -tags man ./cmd/wvwatch man "$root/man"
gzip -9n "$root"/man/*.1

for arch in ${ARCHES:-amd64 arm64}; do
    CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -ldflags "-s -w -X main.version=$version" -o "$root/wvwatch" ./cmd/wvwatch
    cp "$root/wvwatch" "$root/wvwatch-$arch"
    binaries+=("$arch=$PWD/$root/wvwatch-$arch")
    name=wvwatch_${version}_linux_$arch
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --transform "s,^,$name/," -cf - \
        -C "$root" wvwatch man THIRD-PARTY-LICENSES \
        -C "$PWD" README.md CHANGELOG.md LICENSE config.example.yaml deploy/wvwatch.service deploy/hardened.conf deploy/wvwatch.sysusers |
        gzip -9n >"dist/$name.tar.gz"
    for packager in deb rpm; do
        ARCH=$arch go run "$nfpm" package --config deploy/nfpm.yaml --packager "$packager" --target "dist/$name.$packager"
    done
    # go run builds for this machine; the SBOM is of what GOARCH says.
    (tool=$(mktemp -d) && trap 'rm -rf "$tool"' EXIT && GOBIN=$tool go install "$sbom" &&
        GOOS=linux GOARCH=$arch CGO_ENABLED=0 "$tool/cyclonedx-gomod" app -json -licenses -std -noserial -notimestamp \
            -main cmd/wvwatch -output "dist/$name.cdx.json" .)
done

# The image, by its digest: docker://... of any registry that it is copied to.
go -C deploy/image run . -version "$version" -revision "$commit" -created "$SOURCE_DATE_EPOCH" \
    -zones "$(go env GOROOT)/lib/time/zoneinfo.zip" -out "$PWD/dist/wvwatch_${version}_oci.tar" "${binaries[@]}" >"dist/wvwatch_${version}_oci.digest"

# The chart, whose default tag is this release. Links become files.
cp -rL deploy/helm/wvwatch "$root/chart/"
rm -rf "$root/chart/wvwatch/ci"
sed -i "s/^appVersion: .*/appVersion: \"$version\"/" "$root/chart/wvwatch/Chart.yaml"
chart=wvwatch-$(sed -n 's/^version: //p' deploy/helm/wvwatch/Chart.yaml).tgz
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - -C "$root/chart" wvwatch | gzip -9n >"dist/$chart"

rm -rf "$root"
(cd dist && sha256sum -- * >SHA256SUMS)
cat dist/SHA256SUMS
