package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"wvwatch/internal/fault"
)

// Config holds the topics a source reads and the connection to their cluster.
type Config struct {
	Brokers []string    `mapstructure:"brokers" yaml:"brokers"` // HOST:PORT of a few brokers; the others are discovered
	Topics  []string    `mapstructure:"topics" yaml:"topics"`
	Group   string      `mapstructure:"group" yaml:"group"` // consumer group: its offsets follow the checkpoint, for lag tools
	Start   string      `mapstructure:"start" yaml:"start"` // beginning | end: where topics begin that the group has never read; empty: end
	TLS     *TLSConfig  `mapstructure:"tls" yaml:"tls,omitempty"`
	SASL    *SASLConfig `mapstructure:"sasl" yaml:"sasl,omitempty"`
}

// TLSConfig turns TLS on. Its files are read when the client is made.
type TLSConfig struct {
	CAFile   string `mapstructure:"ca_file" yaml:"ca_file"`     // empty: the certificates of the system
	CertFile string `mapstructure:"cert_file" yaml:"cert_file"` // of the client, where brokers want one
	KeyFile  string `mapstructure:"key_file" yaml:"key_file"`
}

// SASLConfig is how the client authenticates. The password is read at each connection,
// so that a new one needs no restart.
type SASLConfig struct {
	Mechanism    string `mapstructure:"mechanism" yaml:"mechanism"` // one of the mechanisms
	Username     string `mapstructure:"username" yaml:"username"`
	PasswordFile string `mapstructure:"password_file" yaml:"password_file"`
}

// The SASL mechanisms.
const (
	mechanismPlain    = "plain"
	mechanismScram256 = "scram-sha-256"
	mechanismScram512 = "scram-sha-512"
)

var mechanisms = []string{mechanismPlain, mechanismScram256, mechanismScram512}

// The values of Config.Start.
const (
	startBeginning = "beginning"
	startEnd       = "end"
)

// topicName is what Kafka accepts as the name of a topic.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

// Validate reports every fault of c, each with its key and a fix. It reads the files.
func (c Config) Validate() error {
	var fs fault.List
	if len(c.Brokers) == 0 {
		fs.AddFix("brokers", `write ["kafka-1:9092"]`, `no broker`)
	}
	for i, b := range c.Brokers {
		if err := checkBroker(b); err != nil {
			fs.Add(fmt.Sprintf("brokers[%d]", i), "%s", err)
		}
	}
	if len(c.Topics) == 0 {
		fs.AddFix("topics", "write [licence-proxy-logs]", "no topic")
	}
	for i, t := range c.Topics {
		switch {
		case !topicName.MatchString(t) || t == "." || t == "..":
			fs.Add(fmt.Sprintf("topics[%d]", i), "%q is not the name of a topic: letters, digits and . _ - are allowed, patterns are not", t)
		case slices.Index(c.Topics, t) < i:
			fs.AddFix(fmt.Sprintf("topics[%d]", i), "remove one", "%s is listed twice", t)
		}
	}
	if c.Group == "" {
		fs.AddFix("group", "name a consumer group that no other program uses, such as wvwatch-prod", "empty")
	}
	if !slices.Contains([]string{"", startBeginning, startEnd}, c.Start) {
		fs.AddFix("start", "write beginning or end", "%q", c.Start)
	}
	if c.TLS != nil {
		if _, key, err := c.TLS.load(); err != nil {
			fs.Add("tls."+key, "%s", err)
		}
	}
	if c.SASL != nil {
		fs.Under("sasl", c.SASL.validate())
	}
	return fs.Err()
}

func checkBroker(address string) error {
	if strings.Contains(address, "://") {
		return fmt.Errorf("%q is a URL: write HOST:PORT alone; tls and sasl have keys of their own", address)
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return fmt.Errorf("%q is not an address: write HOST:PORT, such as kafka-1:9092", address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q has no port from 1 to 65535", address)
	}
	return nil
}

// load reads the files. Where one is wrong it returns its key.
func (t *TLSConfig) load() (cfg *tls.Config, key string, err error) {
	cfg = &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, "ca_file", err
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, "ca_file", fmt.Errorf("%s has no certificate in PEM form", t.CAFile)
		}
	}
	switch {
	case t.CertFile == "" && t.KeyFile == "":
		return cfg, "", nil
	case t.CertFile == "":
		return nil, "cert_file", errors.New("empty, but key_file is given: a client certificate needs both")
	case t.KeyFile == "":
		return nil, "key_file", errors.New("empty, but cert_file is given: a client certificate needs both")
	}
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, "cert_file", err
	}
	cfg.Certificates = []tls.Certificate{pair}
	return cfg, "", nil
}

func (s *SASLConfig) validate() error {
	var fs fault.List
	if !slices.Contains(mechanisms, s.Mechanism) {
		fs.AddFix("mechanism", "write "+strings.Join(mechanisms, " or "), "%q", s.Mechanism)
	}
	if s.Username == "" {
		fs.Add("username", "empty")
	}
	if s.PasswordFile == "" {
		fs.AddFix("password_file", "write the password to a file that only wvwatch reads", "empty")
	} else if _, err := s.password(); err != nil {
		fs.Add("password_file", "%s", err)
	}
	return fs.Err()
}

// password reads the password: the file's content without the newline at its end.
func (s *SASLConfig) password() (string, error) {
	text, err := os.ReadFile(s.PasswordFile)
	if err != nil {
		return "", err
	}
	p := strings.TrimRight(string(text), "\r\n")
	if p == "" {
		return "", fmt.Errorf("%s is empty", s.PasswordFile)
	}
	return p, nil
}

// Warnings returns what is allowed but probably not meant.
func (c Config) Warnings() (warnings []string) {
	if c.SASL != nil && c.SASL.Mechanism == mechanismPlain && c.TLS == nil {
		warnings = append(warnings, "sasl mechanism plain without tls sends the password in clear text: add tls, or use scram-sha-512")
	}
	return warnings
}
