package httppush

import (
	"fmt"
	"net"
	"os"
	"strconv"

	"wvwatch/internal/fault"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v3"
)

// Config has the address where a source receives logs by HTTP, and who may send them.
type Config struct {
	Listen         string `mapstructure:"listen" yaml:"listen"`                   // host:port
	ConfigFile     string `mapstructure:"config_file" yaml:"config_file"`         // TLS, client certificates, basic auth in exporter-toolkit's format; empty for plain HTTP
	TokenFile      string `mapstructure:"token_file" yaml:"token_file"`           // bearer tokens, one a line; read again when it changes
	MaxConnections int    `mapstructure:"max_connections" yaml:"max_connections"` // open at the same time; 0: 256
}

// Validate reports every fault of c, each with its key and a cure. It reads the files.
func (c Config) Validate() error {
	var fs fault.List
	if _, port, err := net.SplitHostPort(c.Listen); err != nil {
		fs.AddFix("listen", "write HOST:PORT, such as 127.0.0.1:9478", "%q is not an address", c.Listen)
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		fs.AddFix("listen", "write HOST:PORT, such as 127.0.0.1:9478", "%q has no port from 0 to 65535", c.Listen)
	}
	if err := toolkit.Validate(c.ConfigFile); err != nil {
		fs.Add("config_file", "%q: %v", c.ConfigFile, err)
	}
	if c.TokenFile != "" {
		if _, err := readTokens(c.TokenFile); err != nil {
			fs.Add("token_file", "%v", err)
		}
	}
	if c.MaxConnections < 0 {
		fs.AddFix("max_connections", "write a number from 1, or leave it out for 256", "is negative")
	}
	return fs.Err()
}

// security is what a sender must have, by the files that c names.
type security struct{ tls, clients, users, tokens bool }

func (c Config) security() security {
	var file struct {
		TLS *struct {
			ClientCA   string `yaml:"client_ca_file"`
			ClientAuth string `yaml:"client_auth_type"`
		} `yaml:"tls_server_config"`
		Users map[string]string `yaml:"basic_auth_users"`
	}
	if text, err := os.ReadFile(c.ConfigFile); err != nil || yaml.Unmarshal(text, &file) != nil {
		return security{tokens: c.TokenFile != ""}
	}
	return security{
		tls:     file.TLS != nil,
		clients: file.TLS != nil && (file.TLS.ClientAuth == "RequireAndVerifyClientCert" || file.TLS.ClientCA != "" && file.TLS.ClientAuth == ""),
		users:   len(file.Users) > 0,
		tokens:  c.TokenFile != "",
	}
}

// Who describes who may send, in words.
func (c Config) Who() string {
	s := c.security()
	who := "anyone who reaches it"
	switch {
	case s.clients:
		who = "clients with a certificate"
	case s.users && s.tokens:
		who = "users with a password and a token"
	case s.users:
		who = "users with a password"
	case s.tokens:
		who = "senders with a token"
	}
	if s.tls {
		return who + ", by TLS"
	}
	return who + ", without TLS"
}

// Warnings returns what is allowed but probably not meant.
func (c Config) Warnings() []string {
	s := c.security()
	if loopback(c.Listen) || s.tls && (s.clients || s.users || s.tokens) {
		return nil
	}
	missing := "TLS and authentication"
	switch {
	case s.tls:
		missing = "authentication"
	case s.users || s.tokens:
		missing = "TLS"
	}
	return []string{fmt.Sprintf("http listens on %s without %s: anyone with access can add counts or read along; set config_file or token_file, or listen on 127.0.0.1", c.Listen, missing)}
}

// loopback reports whether only this host reaches the address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
