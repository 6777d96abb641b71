package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// warnIdentity warns of rules that replace the label instance, which names the daemon.
func (c *Config) warnIdentity() {
	for i, r := range c.Alerts {
		_, own := r.Labels["instance"]
		if own || slices.Contains(r.By, "instance") {
			c.warnings.Add(fmt.Sprintf("alerts[%d]", i), "alert %s sets the label instance itself: Alertmanager takes the alerts of two daemons for one", r.Name)
		}
	}
}

// warnLinks warns of receivers elsewhere that get links to this host only.
func (c *Config) warnLinks() {
	listen := ""
	if len(c.Web.Listen) > 0 {
		listen = c.Web.Listen[0]
	}
	link, why := c.Web.ExternalURL, "web.external_url"
	host := hostOf(link)
	if link == "" {
		host, _, _ = net.SplitHostPort(listen)
		link, why = listen, "web.listen, since web.external_url is not set"
	}
	if !isLoopback(host) {
		return
	}
	for _, receiver := range slices.Concat(c.Notify.Alertmanager.URLs, c.Notify.Webhook.URLs) {
		if other := hostOf(receiver); other != "" && !isLoopback(other) {
			c.warnings.Add("web.external_url",
				"alerts are sent to %s with links to %s (%s), which leads back to the reader's own host: set web.external_url to where people reach this page",
				other, cmp.Or(link, host), why)
			return
		}
	}
}

// chatHosts take messages of their own format only.
var chatHosts = []string{"hooks.slack.com", "events.pagerduty.com", "events.eu.pagerduty.com", "api.opsgenie.com", "api.eu.opsgenie.com",
	"discord.com", "discordapp.com", "webhook.office.com", "chat.googleapis.com", "api.telegram.org"}

// warnReceivers warns of webhooks at hosts that do not read Alertmanager's format.
func (c *Config) warnReceivers() {
	for i, raw := range c.Notify.Webhook.URLs {
		host := hostOf(raw)
		if slices.ContainsFunc(chatHosts, func(h string) bool { return host == h || strings.HasSuffix(host, "."+h) }) {
			c.warnings.Add(fmt.Sprintf("notify.webhook.urls[%d]", i),
				"%s does not read Alertmanager's webhook format: send to an Alertmanager, and have it notify %s", host, host)
		}
	}
}

// hostOf returns the host of a URL without its port; "" where there is none.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// isLoopback reports whether a host is this one, whoever asks.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
