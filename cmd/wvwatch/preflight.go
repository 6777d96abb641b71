package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"wvwatch/internal/config"
	"wvwatch/internal/tailer"
	"wvwatch/internal/tailer/logfs"
)

// preflight holds the problems of a valid configuration on this host.
type preflight struct {
	errors   []string // can not work as it is
	warnings []string // works, but probably not as meant
}

// runPreflight compares cfg with the files, folders and addresses of this host. It
// opens regular files only and creates nothing.
func runPreflight(cfg *config.Config) *preflight {
	p := &preflight{}
	reader := serviceReader()
	for i := range cfg.Sources {
		s, path := &cfg.Sources[i], fmt.Sprintf("sources[%d]", i)
		if s.Input.Kind() == "" {
			p.files(path, s.Tail, reader)
		}
		if info, err := os.Stat(s.Input.FIFO); s.Input.FIFO != "" && err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
			p.fail("%s.fifo: %q is no FIFO: make one with mkfifo, or name a file in files", path, s.Input.FIFO)
		}
	}
	if dir, err := cfg.State.Resolve(os.Getenv); err != nil {
		p.fail("state.directory: %v", err)
	} else {
		p.stateDirectory(dir)
	}
	for i, address := range cfg.Web.Listen {
		p.address(fmt.Sprintf("web.listen[%d]", i), address)
	}
	return p
}

func (p *preflight) fail(format string, args ...any) {
	p.errors = append(p.errors, fmt.Sprintf(format, args...))
}

func (p *preflight) warn(format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
}

// files checks the files and patterns of a source.
func (p *preflight) files(path string, c tailer.Config, reader *access) {
	for j, name := range c.Files {
		if logfs.HasMeta(name) && !logfs.IsFile(name) {
			continue
		}
		info, err := os.Stat(name)
		if target, isLink := os.Readlink(name); errors.Is(err, fs.ErrNotExist) && isLink == nil {
			p.warn("%s.files[%d]: %q is a symlink to %q, which is not there", path, j, name, target)
		}
		if err != nil {
			continue
		}
		if what := kindOf(info.Mode()); what != "" {
			p.fail("%s.files[%d]: %q can not be followed: it is %s", path, j, name, what)
		}
	}
	found, _ := c.Match() // the report shows its error
	for _, file := range found {
		if reader == nil {
			break
		}
		if err := reader.open(file); err != nil && trouble(file) == "" {
			p.warn("the service's user %s can not read %s: give its group read access, or add the group to SupplementaryGroups= of the unit", reader.name, file)
			break
		}
	}
	if len(found) == 0 {
		p.nothing(path, c)
	}
}

var (
	regexLike = regexp.MustCompile(`\.\*|\\\.|\\d|\$$`)
	shellLike = regexp.MustCompile(`\$[A-Za-z_]`)
)

// nothing warns of why a source's patterns may match no file.
func (p *preflight) nothing(path string, c tailer.Config) {
	excluded := c
	excluded.Exclude = nil
	if all, _ := excluded.Match(); len(all) > 0 {
		p.warn("%s.exclude takes out all files that match (%d), such as %s", path, len(all), all[0])
		return
	}
	for j, name := range c.Files {
		at := fmt.Sprintf("%s.files[%d]", path, j)
		if folder := missingFolder(name); folder != "" {
			p.warn("%s: there is no folder %q", at, folder)
		}
		switch {
		case regexLike.MatchString(name):
			p.warn("%s: %q looks like a regular expression: files are named by globs, such as *.log", at, name)
		case shellLike.MatchString(name):
			p.warn("%s: %q: a variable is written ${NAME}", at, name)
		case strings.Contains(name, ",") && !strings.Contains(name, "{"):
			p.warn("%s: %q is one name with a comma in it: write one item of the list for each file", at, name)
		case strings.Contains(name, "["):
			p.warn("%s: %q: [...] stands for one of the characters in it: write \\[ for the character itself", at, name)
		}
	}
}

// missingFolder returns the first folder of a path or pattern that is not there, up to
// the first part with a wildcard; "" for none.
func missingFolder(pattern string) string {
	folder, _ := filepath.Split(pattern)
	if i := strings.IndexAny(folder, `*?[{\`); i >= 0 {
		folder = folder[:strings.LastIndexByte(folder[:i], '/')+1]
	}
	missing := ""
	for folder = filepath.Clean(folder); folder != "." && folder != "/"; folder = filepath.Dir(folder) {
		if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = folder
	}
	return missing
}

// memoryFolders lose their files with a restart of the host or of the container.
var memoryFolders = []string{"/tmp", "/var/tmp", "/dev/shm", "/run", "/var/run"}

// stateDirectory looks at the directory of the checkpoint, or where it would be made.
func (p *preflight) stateDirectory(dir string) {
	there := dir
	for {
		info, err := os.Stat(there)
		switch {
		case err == nil && !info.IsDir():
			p.fail("state.directory: %q can not be used: %q is a file", dir, there)
			return
		case err == nil || there == "/":
			for _, m := range memoryFolders {
				if dir == m || strings.HasPrefix(dir, m+"/") {
					p.warn("state.directory: %q: what is below %s may be deleted with a restart of the host: all files are then read anew", dir, m)
				}
			}
			return
		}
		there = filepath.Dir(there)
	}
}

// address warns of an address that this host does not have.
func (p *preflight) address(key, address string) {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if err != nil || ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		return
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return
		}
	}
	p.warn("%s: %s is no address of this host", key, host)
}
