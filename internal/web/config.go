package web

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"

	"wvwatch/internal/fault"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"
)

// DefaultListen is the address that is listened on where none is configured.
const DefaultListen = "127.0.0.1:9477"

// Config is where the daemon listens and what it allows there.
type Config struct {
	Listen       []string `mapstructure:"listen"`        // host:port, one listener each
	HealthListen string   `mapstructure:"health_listen"` // host:port that answers the probes alone, without ConfigFile's password and TLS; empty for none
	AllowedHosts []string `mapstructure:"allowed_hosts"` // names of this daemon in a Host header, in addition to those of Listen and ExternalURL
	ExternalURL  string   `mapstructure:"external_url"`  // where people reach the page, for the links in alerts; empty for the first address
	ConfigFile   string   `mapstructure:"config_file"`   // TLS, client certificates, basic auth in exporter-toolkit's format; empty for plain HTTP
	EnableReload bool     `mapstructure:"enable_reload"`
	EnableAccept bool     `mapstructure:"enable_accept"` // POST /api/v1/alerts/<rule>/accept
	EnablePprof  bool     `mapstructure:"enable_pprof"`
	Samples      string   `mapstructure:"samples"` // SamplesRedacted (also where empty) or SamplesNone
}

// What the page and the API show of log lines.
const (
	SamplesRedacted = "redacted" // the last records of each kind, without what could be private
	SamplesNone     = "none"     // no text of a log
)

// Default returns the configuration of an empty file.
func Default() Config { return Config{Listen: []string{DefaultListen}, Samples: SamplesRedacted} }

// Validate reports every fault of c. It reads ConfigFile and the certificates
// that file names.
func (c Config) Validate() error {
	var fs fault.List
	if len(c.Listen) == 0 {
		fs.AddFix("listen", fmt.Sprintf("write [%q]", DefaultListen), "no address")
	}
	first := map[string]int{}
	for i, address := range c.Listen {
		if err := checkAddress(address); err != nil {
			fs.Add(fmt.Sprintf("listen[%d]", i), "%v", err)
		}
		if j, ok := first[address]; ok {
			fs.AddFix(fmt.Sprintf("listen[%d]", i), "remove one of the two", "%q is listen[%d] already", address, j)
			continue
		}
		first[address] = i
	}
	if c.HealthListen != "" {
		if err := checkAddress(c.HealthListen); err != nil {
			fs.Add("health_listen", "%v", err)
		} else if _, ok := first[c.HealthListen]; ok {
			fs.AddFix("health_listen", "choose another port", "%q is in listen already", c.HealthListen)
		}
	}
	for i, host := range c.AllowedHosts {
		if !hostName.MatchString(host) {
			fs.AddFix(fmt.Sprintf("allowed_hosts[%d]", i), "write wvwatch.example.com, without a port", "%q is not a host name", host)
		}
	}
	if c.ExternalURL != "" && !checkExternal(c.ExternalURL) {
		fs.AddFix("external_url", "write https://wvwatch.example.com or http://HOST:PORT", "%q is no address of a page", c.ExternalURL)
	}
	if c.Samples != "" && c.Samples != SamplesRedacted && c.Samples != SamplesNone {
		fs.Add("samples", "%q is not %s or %s", c.Samples, SamplesRedacted, SamplesNone)
	}
	if err := toolkit.Validate(c.ConfigFile); err != nil {
		fs.Add("config_file", "%q: %v", c.ConfigFile, err)
	}
	return fs.Err()
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

func checkAddress(address string) error {
	const cure = "write HOST:PORT, such as 127.0.0.1:9477, or :9477 for every interface"
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address: %s", address, cure)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil { // 0 is any free one
		return fmt.Errorf("%q has no port from 0 to 65535: %s", address, cure)
	}
	return nil
}

// scheme returns https if the toolkit will use TLS on the listeners, else http.
func (c Config) scheme() string {
	var file struct {
		TLS map[string]any `yaml:"tls_server_config"`
	}
	if text, err := os.ReadFile(c.ConfigFile); err == nil && yaml.Unmarshal(text, &file) == nil && len(file.TLS) > 0 {
		return "https"
	}
	return "http"
}
