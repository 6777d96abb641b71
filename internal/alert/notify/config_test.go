package notify

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-viper/mapstructure/v2"

	"wvwatch/internal/alert"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestValidate(t *testing.T) {
	token, empty := write(t, "token", "s3cret\n"), write(t, "empty", "\n")
	for _, tt := range []struct {
		name string
		c    AlertmanagerConfig
		want string
	}{
		{"nothing", AlertmanagerConfig{}, ""},
		{"several", AlertmanagerConfig{URLs: []string{"http://a:9093", "https://b.example/alerts/am/"}, BearerTokenFile: token}, ""},
		{"no scheme", AlertmanagerConfig{URLs: []string{"am:9093"}},
			`alertmanager.urls[0]: "am:9093": must begin with http:// or https:// and a host, such as http://alertmanager:9093`},
		{"no host", AlertmanagerConfig{URLs: []string{"http:///x"}},
			`alertmanager.urls[0]: "http:///x": must begin with http:// or https:// and a host, such as http://alertmanager:9093`},
		{"no URL", AlertmanagerConfig{URLs: []string{"http://u:pass word@am:9093"}},
			`alertmanager.urls[0]: not a URL: write it as http://alertmanager:9093`},
		{"a password", AlertmanagerConfig{URLs: []string{"http://u:hunter2@am:9093"}},
			`alertmanager.urls[0]: "http://u:xxxxx@am:9093" holds a user: use basic_auth`},
		{"the whole path", AlertmanagerConfig{URLs: []string{"http://am:9093/api/v2/alerts"}},
			`alertmanager.urls[0]: "http://am:9093/api/v2/alerts": leave /api/v2/alerts off, it is added`},
		{"a query", AlertmanagerConfig{URLs: []string{"http://am:9093/?x=1"}},
			`alertmanager.urls[0]: "http://am:9093/?x=1": must end with the path`},
		{"twice", AlertmanagerConfig{URLs: []string{"http://am:9093", "http://am:9093/"}},
			`alertmanager.urls[1]: the same as urls[0]: remove one of the two`},
		{"no user", AlertmanagerConfig{BasicAuth: BasicAuth{Password: "x"}},
			`alertmanager.basic_auth.username: missing: a password needs a user`},
		{"two passwords", AlertmanagerConfig{BasicAuth: BasicAuth{"u", "x", token}},
			`alertmanager.basic_auth.password_file: password is set too: remove one of the two`},
		{"user and token", AlertmanagerConfig{BasicAuth: BasicAuth{Username: "u"}, BearerTokenFile: token},
			`alertmanager.bearer_token_file: basic_auth is set too: remove one of the two`},
		{"no token", AlertmanagerConfig{BearerTokenFile: "/no/such/token"},
			`alertmanager.bearer_token_file: open /no/such/token: no such file or directory`},
		{"empty password", AlertmanagerConfig{BasicAuth: BasicAuth{Username: "u", PasswordFile: empty}},
			`alertmanager.basic_auth.password_file: ` + empty + ` is empty: write the secret into it`},
		{"no authority", AlertmanagerConfig{TLS: TLSConfig{CAFile: "/no/such/ca"}},
			`alertmanager.tls_config: unable to read CA cert: unable to read file /no/such/ca: open /no/such/ca: no such file or directory`},
		{"no key", AlertmanagerConfig{TLS: TLSConfig{CertFile: token}},
			`alertmanager.tls_config: exactly one of key or key_file must be configured when a client certificate is configured`},
		{"no pair", AlertmanagerConfig{TLS: TLSConfig{CertFile: token, KeyFile: token}},
			`alertmanager.tls_config: unable to use specified client cert (file ` + token + `) & key (file ` + token + `): tls: failed to find any PEM data in certificate input`},
		{"all at once", AlertmanagerConfig{URLs: []string{"x"}, BearerTokenFile: empty},
			`alertmanager.urls[0]: "x": must begin with http:// or https:// and a host, such as http://alertmanager:9093` + "\n" +
				`alertmanager.bearer_token_file: ` + empty + ` is empty: write the secret into it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := (Config{Alertmanager: tt.c}).Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got:  %s\nwant: %s", got, tt.want)
			}
		})
	}
}

// secured is an Alertmanager that wants to be spoken to in one way.
func secured(t *testing.T, want func(*http.Request) error) (url string, asked chan error, srv *httptest.Server) {
	asked = make(chan error, 10)
	srv = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := want(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
		asked <- err
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.URL, asked, srv
}

func certificate(t *testing.T, srv *httptest.Server) string {
	return write(t, "ca.pem", pemOf(srv.Certificate().Raw))
}

func TestAuthentication(t *testing.T) {
	password, token := write(t, "password", "hunter2\n"), write(t, "token", "one\n")
	expect := "one"
	basic := func(r *http.Request) error {
		if u, p, _ := r.BasicAuth(); u != "wvwatch" || p != "hunter2" {
			return fmt.Errorf("user %q, password %q", u, p)
		}
		return nil
	}
	bearer := func(r *http.Request) error {
		if got := r.Header.Get("Authorization"); got != "Bearer "+expect {
			return fmt.Errorf("authorization %q, want %q", got, expect)
		}
		return nil
	}
	for _, tt := range []struct {
		name string
		edit func(*AlertmanagerConfig)
		want func(*http.Request) error
	}{
		{"password", func(c *AlertmanagerConfig) { c.BasicAuth = BasicAuth{Username: "wvwatch", Password: "hunter2"} }, basic},
		{"password file", func(c *AlertmanagerConfig) {
			c.BasicAuth = BasicAuth{Username: "wvwatch", PasswordFile: password}
		}, basic},
		{"token", func(c *AlertmanagerConfig) { c.BearerTokenFile = token }, bearer},
		{"another token in the same file", func(c *AlertmanagerConfig) {
			c.BearerTokenFile = token
			expect = "two"
			if err := os.WriteFile(token, []byte("two"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, bearer},
		{"no certificate checked", func(c *AlertmanagerConfig) { c.TLS = TLSConfig{InsecureSkipVerify: true} },
			func(*http.Request) error { return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url, asked, srv := secured(t, tt.want)
			c := AlertmanagerConfig{URLs: []string{url}, TLS: TLSConfig{CAFile: certificate(t, srv)}}
			tt.edit(&c)
			if err := (Config{Alertmanager: c}).Validate(); err != nil {
				t.Fatal(err)
			}
			if err := sendOne(t, c); err != nil {
				t.Error(err)
			}
			if err := <-asked; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownAuthority(t *testing.T) {
	url, _, _ := secured(t, func(*http.Request) error { return nil })
	err := sendOne(t, AlertmanagerConfig{URLs: []string{url}})
	if err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("got %v", err)
	}
}

// sendOne sends an alert over a client such as Reload makes.
func sendOne(t *testing.T, c AlertmanagerConfig) error {
	t.Helper()
	client, err := newClient(c, "alertmanager")
	if err != nil {
		t.Fatal(err)
	}
	am := &alertmanager{url: base(c.URLs[0]), client: client}
	defer am.close()
	return am.send(t.Context(), []alert.Alert{firing("Fire", time.Now())})
}

func TestKeys(t *testing.T) {
	var c Config
	d, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: &c, ErrorUnused: true})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Decode(map[string]any{"alertmanager": map[string]any{
		"urls":              []any{"http://am:9093"},
		"basic_auth":        map[string]any{"username": "u", "password": "p", "password_file": "f"},
		"bearer_token_file": "t",
		"tls_config":        map[string]any{"ca_file": "ca", "cert_file": "c", "key_file": "k", "server_name": "s", "insecure_skip_verify": true},
	}})
	want := fmt.Sprint(Config{Alertmanager: AlertmanagerConfig{
		URLs: []string{"http://am:9093"}, BasicAuth: BasicAuth{"u", "p", "f"}, BearerTokenFile: "t",
		TLS: TLSConfig{"ca", "c", "k", "s", true},
	}})
	if err != nil || fmt.Sprint(c) != want {
		t.Errorf("%v, %v", c, err)
	}
}
