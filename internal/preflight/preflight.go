// Package preflight compares a valid configuration with the host it is to run on: files,
// folders, addresses, and the rights of the service's user. It opens regular files only,
// creates nothing, and promises that each problem has the line of the key that is to blame.
package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"wvwatch/internal/config"
	"wvwatch/internal/fault"
	"wvwatch/internal/tailer"
	"wvwatch/internal/tailer/logfs"
)

// Problems are what a valid configuration has against it on this host.
type Problems struct {
	Errors   fault.List // can not work as it is
	Warnings fault.List // works, but probably not as meant
}

// checks collects the problems of a configuration.
type checks struct{ Problems }

// Run compares cfg with this host.
func Run(cfg *config.Config) Problems {
	p := &checks{}
	reader := serviceReader()
	follower := map[string]string{} // name of the source that follows a file
	for i := range cfg.Sources {
		s, path := &cfg.Sources[i], fmt.Sprintf("sources[%d]", i)
		if s.Input.Kind() == "" {
			p.files(path, s.Tail, reader)
			p.shared(path, s.Tail, follower)
			p.labels(path, s)
		}
		if info, err := os.Stat(s.Input.FIFO); s.Input.FIFO != "" && err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
			p.Errors.AddFix(path+".fifo", "make one with mkfifo, or name a file in files", "%q is no FIFO", s.Input.FIFO)
		}
	}
	if dir, err := cfg.State.Resolve(os.Getenv); err != nil {
		p.Errors.Add("state.directory", "%v", err)
	} else {
		p.stateDirectory(dir)
	}
	for i, address := range cfg.Web.Listen {
		p.address(fmt.Sprintf("web.listen[%d]", i), address)
	}
	for _, e := range slices.Concat(p.Errors, p.Warnings) {
		cfg.Place(e)
	}
	return p.Problems
}

// shared warns of files that another source follows, too.
func (p *checks) shared(path string, c tailer.Config, follower map[string]string) {
	found, _ := c.Match() // the report shows its error
	for _, file := range found {
		if other := follower[file]; other != "" {
			p.Warnings.Add(path, "sources %s and %s both follow %s: every line of it counts twice, once for each", other, c.Name, file)
		}
		follower[file] = c.Name
	}
}

// labels warns of labels that take their value from the path of the file, where none of
// the files has one.
func (p *checks) labels(path string, s *config.Source) {
	files, _ := s.Tail.Match()
	for i, l := range s.Parse.Labels {
		if l.File == "" || len(files) == 0 {
			continue
		}
		pattern := regexp.MustCompile(l.File) // it was validated
		if !slices.ContainsFunc(files, pattern.MatchString) {
			p.Warnings.Add(fmt.Sprintf("%s.labels[%d].file", path, i), "it matches the path of none of the source's files, such as %s: the label %s stays empty", files[0], l.Name)
		}
	}
}

// files checks the files and patterns of a source.
func (p *checks) files(path string, c tailer.Config, reader *access) {
	for j, name := range c.Files {
		if logfs.HasMeta(name) && !logfs.IsFile(name) {
			continue
		}
		info, err := os.Stat(name)
		if target, isLink := os.Readlink(name); errors.Is(err, fs.ErrNotExist) && isLink == nil {
			p.Warnings.Add(fmt.Sprintf("%s.files[%d]", path, j), "%q is a symlink to %q, which is not there", name, target)
		}
		if err != nil {
			continue
		}
		if what := Kind(info.Mode()); what != "" {
			p.Errors.Add(fmt.Sprintf("%s.files[%d]", path, j), "%q can not be followed: it is %s", name, what)
		}
	}
	found, _ := c.Match() // the report shows its error
	for _, file := range found {
		if reader == nil {
			break
		}
		if err := reader.open(file); err != nil && Trouble(file) == "" {
			p.Warnings.AddFix(path+".files", "give its group read access, or add the group to SupplementaryGroups= of the unit", "the service's user %s can not read %s", reader.name, file)
			break
		}
	}
	if len(found) == 0 {
		p.nothing(path, c)
	}
}

var (
	regexLike = regexp.MustCompile(`\.\*|\\\.|\\d|\$$`)
)

// nothing warns of why a source's patterns may match no file.
func (p *checks) nothing(path string, c tailer.Config) {
	excluded := c
	excluded.Exclude = nil
	if all, _ := excluded.Match(); len(all) > 0 {
		p.Warnings.Add(path+".exclude", "it takes out all files that match (%d), such as %s", len(all), all[0])
		return
	}
	for j, name := range c.Files {
		at := fmt.Sprintf("%s.files[%d]", path, j)
		if folder := missingFolder(name); folder != "" {
			p.Warnings.Add(at, "there is no folder %q", folder)
		}
		switch {
		case regexLike.MatchString(name):
			p.Warnings.Add(at, "%q looks like a regular expression: files are named by globs, such as *.log", name)
		case strings.Contains(name, ",") && !strings.Contains(name, "{"):
			p.Warnings.AddFix(at, "write one item of the list for each file", "%q is one name with a comma in it", name)
		case strings.Contains(name, "["):
			p.Warnings.AddFix(at, "write \\[ for the character itself", "%q: [...] matches one of the characters in it", name)
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
func (p *checks) stateDirectory(dir string) {
	there := dir
	for {
		info, err := os.Stat(there)
		switch {
		case err == nil && !info.IsDir():
			p.Errors.Add("state.directory", "%q can not be used: %q is a file", dir, there)
			return
		case err == nil || there == "/":
			for _, m := range memoryFolders {
				if dir == m || strings.HasPrefix(dir, m+"/") {
					p.Warnings.Add("state.directory", "%q: what is below %s may be deleted with a restart of the host: all files are then read anew", dir, m)
				}
			}
			return
		}
		there = filepath.Dir(there)
	}
}

// address warns of an address that this host does not have.
func (p *checks) address(key, address string) {
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
	p.Warnings.Add(key, "%s is no address of this host", host)
}

// Trouble returns why a file is not followed, or "". It opens regular files
// only: to open a FIFO waits for a writer, and to open a device may do something.
func Trouble(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Sprintf(" (cannot be read: %v)", err)
	}
	if what := Kind(info.Mode()); what != "" {
		return fmt.Sprintf(" (not followed: it is %s)", what)
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Sprintf(" (cannot be read: %v)", err)
	}
	_ = f.Close() // nothing was written
	return ""
}

// Kind returns the kind of a file that is not regular, with the fix; "" for a
// regular file.
func Kind(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return ""
	case m.IsDir():
		return "a directory: name its files, for example with /*.log at the end"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO: name it as fifo of a source of its own, or leave it out with exclude"
	case m&fs.ModeSocket != 0:
		return "a socket: leave it out with exclude"
	case m&fs.ModeDevice != 0:
		return "a device: leave it out with exclude"
	}
	return "no regular file: leave it out with exclude"
}
