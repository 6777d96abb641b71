package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"

	"wvwatch/internal/alert"
)

// Resend is how often a firing alert is sent again. Each time it is given
// lifetime to live, so that it ends by itself should the daemon be gone, and
// survives that three of four messages are lost.
const (
	Resend   = time.Minute
	lifetime = 4 * Resend
)

// requestTimeout bounds one attempt.
const requestTimeout = 10 * time.Second

// errRejected means that the receiver will never take these alerts.
var errRejected = errors.New("alerts rejected")

// alertmanager sends to the API v2 of one Alertmanager.
type alertmanager struct {
	url          string
	client       *http.Client
	generatorURL string
}

// postable is an alert as API v2 takes it.
type postable struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

func newClient(c AlertmanagerConfig, integration string) (*http.Client, error) {
	return promconfig.NewClientFromConfig(c.client(), integration, promconfig.WithUserAgent("wvwatch"))
}

// send implements sender.
func (am *alertmanager) send(ctx context.Context, alerts []alert.Alert) error {
	ends := time.Now().Add(lifetime)
	body := make([]postable, len(alerts))
	for i, a := range alerts {
		body[i] = postable{a.Labels, a.Annotations, a.StartsAt.UTC(), ends.UTC(), a.Link(am.generatorURL)}
		if !a.ResolvedAt.IsZero() {
			body[i].EndsAt = a.ResolvedAt.UTC()
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%w: %w", errRejected, err)
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, am.url+apiPath, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := am.client.Do(req)
	if err != nil {
		return err // names method and URL
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 256))
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusBadRequest, code == http.StatusRequestEntityTooLarge, code == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: post %q: answered %s: %q", errRejected, am.url+apiPath, resp.Status, said)
	case code/100 == 3:
		return fmt.Errorf("post %q: answered %s: configure the URL that it leads to, %q", am.url+apiPath, resp.Status, resp.Header.Get("Location"))
	default:
		// Also 401, 403 and 404: a token or a route may be on its way.
		return fmt.Errorf("post %q: answered %s: %q", am.url+apiPath, resp.Status, said)
	}
}

func (am *alertmanager) close() { am.client.CloseIdleConnections() }
