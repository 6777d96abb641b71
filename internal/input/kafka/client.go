package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const dialTimeout = 5 * time.Second

// Client returns a client of the cluster of c; it connects when it is first used. extra
// follows the options for brokers, TLS and SASL.
func (c Config) Client(log *slog.Logger, extra ...kgo.Opt) (*kgo.Client, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "wvwatch"
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(host), // lag tools and the page show it as the name of the member
		kgo.DialTimeout(dialTimeout),
		kgo.DisableClientMetrics(),
		kgo.WithLogger(clientLog{log}),
	}
	if c.TLS != nil {
		cfg, key, err := c.TLS.load()
		if err != nil {
			return nil, fmt.Errorf("tls.%s: %w", key, err)
		}
		options = append(options, kgo.DialTLSConfig(cfg))
	}
	if c.SASL != nil {
		options = append(options, kgo.SASL(c.SASL.mechanism()))
	}
	return kgo.NewClient(append(options, extra...)...)
}

func (s *SASLConfig) mechanism() sasl.Mechanism {
	if s.Mechanism == mechanismPlain {
		return plain.Plain(func(context.Context) (plain.Auth, error) {
			p, err := s.password()
			return plain.Auth{User: s.Username, Pass: p}, err
		})
	}
	auth := func(context.Context) (scram.Auth, error) {
		p, err := s.password()
		return scram.Auth{User: s.Username, Pass: p}, err
	}
	if s.Mechanism == mechanismScram256 {
		return scram.Sha256(auth)
	}
	return scram.Sha512(auth)
}

// clientLog passes messages of the client on at debug level: what an operator has to
// act on is returned as an error, and is logged once where it is handled.
type clientLog struct{ log *slog.Logger }

func (l clientLog) Level() kgo.LogLevel {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		return kgo.LogLevelInfo
	}
	return kgo.LogLevelNone
}

func (l clientLog) Log(_ kgo.LogLevel, msg string, keyvals ...any) {
	l.log.Debug("client", "component", "kafka", "reason", fmt.Sprint(append([]any{msg}, keyvals...)...))
}

// pause waits for d and reports whether ctx is not done.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// isEnd reports whether err only means that ctx, or the client, was closed.
func isEnd(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, kgo.ErrClientClosed)
}
