package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestValidate(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := func() Config {
		return Config{Brokers: []string{"kafka-1:9093"}, Topics: []string{"a.b_c-1"}, Group: "g"}
	}
	for _, tt := range []struct {
		name   string
		change func(c *Config)
		want   []string // none: valid
	}{
		{"least", func(*Config) {}, nil},
		{"all", func(c *Config) {
			c.Start, c.TLS, c.SASL = "beginning", &TLSConfig{}, &SASLConfig{"scram-sha-512", "u", password}
		}, nil},
		{"IPv6", func(c *Config) { c.Brokers = []string{"[::1]:9092"} }, nil},
		{"empty", func(c *Config) { *c = Config{} }, []string{"brokers: no broker", "topics: no topic", "group: empty"}},
		{"URL", func(c *Config) { c.Brokers = []string{"a:1", "kafka://b:1"} }, []string{`brokers[1]: "kafka://b:1" is a URL`}},
		{"no port", func(c *Config) { c.Brokers = []string{"a"} }, []string{`brokers[0]: "a" is not an address`}},
		{"bad port", func(c *Config) { c.Brokers = []string{"a:0"} }, []string{"brokers[0]: \"a:0\" has no port"}},
		{"pattern", func(c *Config) { c.Topics = []string{"a", "logs-*"} }, []string{`topics[1]: "logs-*" is not the name of a topic`}},
		{"twice", func(c *Config) { c.Topics = []string{"a", "b", "a"} }, []string{"topics[2]: a is listed twice"}},
		{"start", func(c *Config) { c.Start = "latest" }, []string{`start: "latest": write beginning or end`}},
		{"ca", func(c *Config) { c.TLS = &TLSConfig{CAFile: password} }, []string{"tls.ca_file: " + password + " has no certificate"}},
		{"key", func(c *Config) { c.TLS = &TLSConfig{CertFile: password} }, []string{"tls.key_file: empty"}},
		{"certificate", func(c *Config) { c.TLS = &TLSConfig{KeyFile: password} }, []string{"tls.cert_file: empty"}},
		{"sasl", func(c *Config) { c.SASL = &SASLConfig{} }, []string{`sasl.mechanism: ""`, "sasl.username: empty", "sasl.password_file: empty"}},
		{"password", func(c *Config) { c.SASL = &SASLConfig{"plain", "u", empty} }, []string{"sasl.password_file: " + empty + " is empty"}},
	} {
		c := good()
		tt.change(&c)
		err := c.Validate()
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q in it", tt.name, err, want)
			}
		}
	}
	c := good()
	c.SASL = &SASLConfig{"plain", "u", password}
	if len(c.Warnings()) != 1 {
		t.Errorf("a password in clear text: %q", c.Warnings())
	}
	if c.TLS = (&TLSConfig{}); len(c.Warnings()) != 0 {
		t.Errorf("a password inside TLS: %q", c.Warnings())
	}
}

func TestChoose(t *testing.T) {
	id, other := [16]byte{1}, [16]byte{2}
	for _, tt := range []struct {
		name string
		b    beginning
		at   int64
		lost int64
	}{
		{"never read, from the end", beginning{start: 5, end: 9, committed: -1}, 9, 0},
		{"never read, from the beginning", beginning{start: 5, end: 9, committed: -1, atBeginning: true}, 5, 0},
		{"a later partition", beginning{start: 5, end: 9, committed: -1, seen: true}, 5, 0},
		{"saved", beginning{start: 5, end: 9, committed: 8, known: true, saved: place{id, 6, 3}}, 6, 0},
		{"saved at the end", beginning{start: 5, end: 9, known: true, saved: place{id, 9, 0}}, 9, 0},
		{"deleted unread", beginning{start: 5, end: 9, known: true, saved: place{id, 2, 3}}, 5, 3},
		{"lost by the brokers", beginning{start: 5, end: 9, known: true, saved: place{id, 12, 0}}, 9, 0},
		{"created again", beginning{start: 0, end: 9, known: true, saved: place{other, 12, 0}}, 0, 0},
		{"created again, shorter", beginning{start: 0, end: 9, known: true, saved: place{other, 2, 0}}, 0, 0},
		{"of the group alone", beginning{start: 5, end: 9, committed: 7}, 7, 0},
		{"of the group alone, deleted unread", beginning{start: 5, end: 9, committed: 1, atBeginning: true}, 5, 4},
	} {
		tt.b.topic = id
		c := tt.b.choose()
		if c.offset != tt.at || c.lost != tt.lost || c.topic != id {
			t.Errorf("%s: %+v, want offset %d, %d lost", tt.name, c, tt.at, tt.lost)
		}
		if (c.counted > 0) != (tt.name == "saved") {
			t.Errorf("%s: %d bytes of the record are counted", tt.name, c.counted)
		}
	}
}

func TestBatchEnd(t *testing.T) {
	header := func(first, last int64, magic byte) []byte {
		b := make([]byte, 61)
		b[7], b[26], b[16] = byte(first), byte(last), magic
		return b
	}
	for _, tt := range []struct {
		data []byte
		at   int64
		want int64
	}{
		{header(10, 4, 2), 10, 15}, {header(10, 4, 2), 14, 15}, {header(10, 0, 2), 10, 11},
		{header(10, 4, 2), 15, 0}, {header(10, 4, 2), 9, 0}, {header(10, 4, 1), 10, 0}, {nil, 10, 0}, {header(10, 4, 2)[:60], 10, 0},
	} {
		if got := batchEnd(tt.data, tt.at); got != tt.want {
			t.Errorf("%x at %d: %d, want %d", tt.data, tt.at, got, tt.want)
		}
	}
}

// Errors of a real connection name what to change.
func TestExplain(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, wrong := file("good", "p"), file("wrong", "q")
	secured, _ := fakeCluster(t, kfake.SeedTopics(1, "logs", "other"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.User("SCRAM-SHA-512", "reader", "p", kfake.ACL{
			Resource: kmsg.ACLResourceTypeTopic, Name: "logs", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationRead, Allow: true,
		}))
	open, _ := fakeCluster(t, kfake.SeedTopics(1, "logs"))
	certificate, ca := selfSigned(t, dir)
	encrypted, _ := fakeCluster(t, kfake.SeedTopics(1, "logs"), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate}}))
	for _, tt := range []struct {
		name   string
		c      *kfake.Cluster
		change func(c *Config)
		want   string // empty: no error
	}{
		{"open", open, func(*Config) {}, ""},
		{"no topic", open, func(c *Config) { c.Topics = []string{"nowhere"} }, "create the topic"},
		{"tls to an open port", open, func(c *Config) { c.TLS = &TLSConfig{} }, "whether their port is one for tls"},
		{"tls", encrypted, func(c *Config) { c.TLS = &TLSConfig{CAFile: ca} }, ""},
		{"unknown authority", encrypted, func(c *Config) { c.TLS = &TLSConfig{} }, "set tls.ca_file"},
		{"no tls", encrypted, func(*Config) {}, "add tls or sasl"},
		{"no broker there", open, func(c *Config) { c.Brokers = []string{"127.0.0.1:1"} }, "no broker listens there"},
		{"no sasl", secured, func(*Config) {}, "add tls or sasl"},
		{"wrong password", secured, func(c *Config) { c.SASL = &SASLConfig{"scram-sha-512", "reader", wrong} }, "check sasl.username"},
		{"group not allowed", secured, func(c *Config) { c.SASL = &SASLConfig{"scram-sha-512", "reader", good} }, "allow User:reader to Read and Describe the group g"},
		{"topic not allowed", secured, func(c *Config) {
			c.SASL, c.Topics = &SASLConfig{"scram-sha-512", "reader", good}, []string{"other"}
		}, "allow User:reader to Read and Describe the topics other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Config{Brokers: tt.c.ListenAddrs(), Topics: []string{"logs"}, Group: "g"}
			tt.change(&cfg)
			ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
			defer stop()
			_, err := look(ctx, kadm.NewClient(newClient(t, cfg)), cfg)
			err = cfg.Explain(err)
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q in it", err, tt.want)
			}
		})
	}
	if err := (Config{}).Explain(nil); err != nil {
		t.Error(err)
	}
	plain := errors.New("x")
	if err := (Config{}).Explain(plain); !errors.Is(err, plain) || err.Error() != "x" {
		t.Error(err)
	}
}
