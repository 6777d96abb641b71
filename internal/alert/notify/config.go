// Package notify sends alerts to receivers.
//
// Each receiver has a queue of its own, so that a slow one blocks no other. It
// promises that sending never blocks the caller, that every receiver gets
// every alert until it has taken it, and that what could not be kept is
// counted. Which alerts there are is left to the package alert.
package notify

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"wvwatch/internal/fault"

	promconfig "github.com/prometheus/common/config"
)

// Config names the receivers of alerts.
type Config struct {
	Alertmanager AlertmanagerConfig `mapstructure:"alertmanager" yaml:"alertmanager"`
	Webhook      WebhookConfig      `mapstructure:"webhook" yaml:"webhook"`
}

// AlertmanagerConfig names Alertmanagers, all of which get every alert, and
// how to connect to them. Its keys are named as in Prometheus's configuration.
type AlertmanagerConfig struct {
	URLs            []string  `mapstructure:"urls" yaml:"urls"` // with the path prefix, if any, without /api/v2/alerts
	BasicAuth       BasicAuth `mapstructure:"basic_auth" yaml:"basic_auth,omitempty"`
	BearerTokenFile string    `mapstructure:"bearer_token_file" yaml:"bearer_token_file,omitempty"` // read at every request
	TLS             TLSConfig `mapstructure:"tls_config" yaml:"tls_config,omitempty"`
}

// WebhookConfig names receivers of Alertmanager's webhook format, all of which
// get every alert. A URL is used unchanged; it is a secret where the path or
// the query holds a token, and is never shown.
type WebhookConfig AlertmanagerConfig

// BasicAuth is a user; the zero value is none.
type BasicAuth struct {
	Username     string            `mapstructure:"username" yaml:"username,omitempty"`
	Password     promconfig.Secret `mapstructure:"password" yaml:"password,omitempty"`
	PasswordFile string            `mapstructure:"password_file" yaml:"password_file,omitempty"` // read at every request
}

// TLSConfig is for URLs with https; the zero value trusts the system's
// authorities. Files are read again when they change.
type TLSConfig struct {
	CAFile             string `mapstructure:"ca_file" yaml:"ca_file,omitempty"`
	CertFile           string `mapstructure:"cert_file" yaml:"cert_file,omitempty"`
	KeyFile            string `mapstructure:"key_file" yaml:"key_file,omitempty"`
	ServerName         string `mapstructure:"server_name" yaml:"server_name,omitempty"`
	InsecureSkipVerify bool   `mapstructure:"insecure_skip_verify" yaml:"insecure_skip_verify,omitempty"`
}

// apiPath is where an Alertmanager takes alerts, after its path prefix.
const apiPath = "/api/v2/alerts"

// Validate reports every fault of c at once, each with its path below
// that of c. It reads the files that c names.
func (c Config) Validate() error {
	var fs fault.List
	c.Alertmanager.validate(fs.At("alertmanager"), checkURL, base)
	AlertmanagerConfig(c.Webhook).validate(fs.At("webhook"), checkHook, func(raw string) string { return raw })
	return fs.Err()
}

func (c AlertmanagerConfig) validate(fs fault.Scope, check func(string) error, same func(string) string) {
	add := func(field string, err error) {
		if err != nil {
			fs.Add(field, "%v", err)
		}
	}
	seen := make(map[string]int)
	for i, raw := range c.URLs {
		err := check(raw)
		if j, ok := seen[same(raw)]; ok && err == nil {
			err = fmt.Errorf("the same as urls[%d]: remove one of the two", j)
		}
		seen[same(raw)] = i
		add(fmt.Sprintf("urls[%d]", i), err)
	}
	switch user := c.BasicAuth; {
	case user == BasicAuth{}:
	case user.Username == "":
		fs.Add("basic_auth.username", "missing: a password needs a user")
	case user.Password != "" && user.PasswordFile != "":
		fs.AddFix("basic_auth.password_file", "remove one of the two", "password is set too")
	case c.BearerTokenFile != "":
		fs.AddFix("bearer_token_file", "remove one of the two", "basic_auth is set too")
	}
	add("basic_auth.password_file", checkSecret(c.BasicAuth.PasswordFile))
	add("bearer_token_file", checkSecret(c.BearerTokenFile))
	add("tls_config", c.TLS.validate())
}

// checkSecret reports why a file cannot serve as a secret; it need not be named.
func checkSecret(name string) error {
	if name == "" {
		return nil
	}
	b, err := os.ReadFile(name)
	if err == nil && strings.TrimSpace(string(b)) == "" {
		err = fmt.Errorf("%s is empty: write the secret into it", name)
	}
	return err
}

func (c TLSConfig) validate() error {
	common := c.common()
	if err := common.Validate(); err != nil {
		return err
	}
	_, err := promconfig.NewTLSConfig(&common) // reads the files
	return err
}

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("not a URL: write it as http://alertmanager:9093") // the error repeats what may be a password
	case u.User != nil:
		return fmt.Errorf("%q holds a user: use basic_auth", u.Redacted())
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("%q: must begin with http:// or https:// and a host, such as http://alertmanager:9093", raw)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%q: must end with the path", raw)
	case strings.HasSuffix(base(raw), apiPath):
		return fmt.Errorf("%q: leave %s off, it is added", raw, apiPath)
	}
	return nil
}

// checkHook is checkURL for a webhook. It repeats nothing of a URL that may be
// a secret.
func checkHook(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("not a URL: write it as https://receiver.example/hook")
	case u.User != nil:
		return errors.New("holds a user: use basic_auth")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return errors.New("must begin with http:// or https:// and a host, such as https://receiver.example/hook")
	case u.Fragment != "":
		return errors.New("must end with the path or the query")
	}
	return nil
}

// base is a URL without the slashes at its end.
func base(raw string) string { return strings.TrimRight(raw, "/") }

// client returns what the HTTP client of Prometheus needs to know.
func (c AlertmanagerConfig) client() promconfig.HTTPClientConfig {
	h := promconfig.HTTPClientConfig{
		TLSConfig:   c.TLS.common(),
		EnableHTTP2: true,
		// A redirected POST becomes a GET, which an Alertmanager answers with
		// 200 and the list of its alerts: the alerts would be lost in silence.
		FollowRedirects: false,
	}
	if c.BearerTokenFile != "" {
		h.Authorization = &promconfig.Authorization{Type: "Bearer", CredentialsFile: c.BearerTokenFile}
	}
	if c.BasicAuth.Username != "" {
		h.BasicAuth = &promconfig.BasicAuth{
			Username: c.BasicAuth.Username, Password: c.BasicAuth.Password, PasswordFile: c.BasicAuth.PasswordFile,
		}
	}
	return h
}

func (c TLSConfig) common() promconfig.TLSConfig {
	return promconfig.TLSConfig{
		CAFile: c.CAFile, CertFile: c.CertFile, KeyFile: c.KeyFile,
		ServerName: c.ServerName, InsecureSkipVerify: c.InsecureSkipVerify,
	}
}
