package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// StateTopic returns the name of the topic in which a group keeps its checkpoint.
func StateTopic(group string) string { return group + ".wvwatch-state" }

// Explain adds to an error of the cluster what to do about it. Other errors, and nil,
// are returned as they are.
func (c Config) Explain(err error) error {
	if fix := c.fix(err); fix != "" {
		return fmt.Errorf("%w: %s", err, fix)
	}
	return err
}

func (c Config) fix(err error) string {
	var (
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		header    tls.RecordHeaderError
		invalid   x509.CertificateInvalidError
		first     *kgo.ErrFirstReadEOF
	)
	switch {
	case err == nil:
		return ""
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return fmt.Sprintf("allow %s to Read and Describe the topics %s%s", c.principal(), strings.Join(c.Topics, ", "), c.stateRights())
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return fmt.Sprintf("allow %s to Read and Describe the group %s", c.principal(), c.Group)
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return fmt.Sprintf("allow %s to Write and Describe the transactional id %s", c.principal(), c.Group)
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Sprintf("allow %s IdempotentWrite on the cluster, and Create for the topic %s or create it yourself", c.principal(), StateTopic(c.Group))
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return "check sasl.username, sasl.password_file and sasl.mechanism"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return "the brokers do not offer the mechanism: change sasl.mechanism"
	case errors.Is(err, kerr.IllegalSaslState):
		return "the listener does not use SASL: remove sasl, or name another port"
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return "create the topic, or correct its name in topics"
	case errors.As(err, &authority):
		return "set tls.ca_file to the certificate authority of the brokers"
	case errors.As(err, &hostname):
		return "name the brokers as their certificates do"
	case errors.As(err, &invalid):
		return "renew the certificate"
	case errors.As(err, &header):
		return "the listener does not use TLS: remove tls, or name the TLS port"
	case (errors.As(err, &first) || errors.Is(err, io.EOF)) && c.SASL != nil:
		return "the broker closed the connection: check sasl.username, sasl.password_file and sasl.mechanism, and that the port is one for sasl"
	case errors.As(err, &first), errors.Is(err, io.EOF):
		return "the broker closed the connection: add tls or sasl where its listener wants them, or name another port"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "no broker listens there: check brokers"
	case errors.Is(err, context.DeadlineExceeded):
		return "the brokers do not answer: check brokers, and whether their port is one for tls"
	}
	return ""
}

// principal names the user that the rights are for.
func (c Config) principal() string {
	if c.SASL != nil {
		return "User:" + c.SASL.Username
	}
	return "the user of wvwatch"
}

func (c Config) stateRights() string {
	return fmt.Sprintf("; with state.kafka also Read, Write, Describe and Create for %s", StateTopic(c.Group))
}
