package signs

import (
	"bytes"

	"wvwatch/internal/parser/fieldnames"
	"wvwatch/internal/parser/lex"
	"wvwatch/internal/parser/servers"
)

// systemKeys are names, in lower case, of members that databases, runtimes and
// queues write next to their numbers.
var systemKeys = lex.Set("errno", "sqlstate", "sqlmessage", "sqlcode", "sql_state", "syscall", "hresult", "sourceerror", "winerror", "vendorcode", "systemcode", "system_code", "closecode", "close_code", "vasterrorcode", "adid", "cdm", "nserrordomain",
	"codename", "codedesc", "innererror", "resultname", "originhost", "partition", "broker", "componentstack", "ssid", "bssid", "realm", "statement", "hystrix", "fbtrace_id", "pspreference",
	"orderid", "order_id", "invoiceid", "invoice_id", "paymentid", "payment_id", "cartid", "cart", "refundid", "currency", "smsid", "iban", "providername", "error_uri")

// SystemWords are words, in lower case, of databases and queues in names and texts.
var SystemWords = lex.SetOf(lex.Words("sql", "kafka", "redis", "postgres", "mongo", "jdbc", "oracle", "hibernate", "rabbitmq", "elastic", "cassandra", "zookeeper", "ldap", "smtp", "errordomain", "aderror", "adload", "adplay", "vast", "diameter", "amazonaws", "springframework.dao",
	"stripe", "paypal", "adyen", "braintree", "klarna", "zuora", "twilio", "sendgrid", "mailgun"))

// maxClassName bounds the name of a class with its package.
const maxClassName = 128

// isSystems reports whether the member names another system, as a word of its own.
func isSystems(m *fieldnames.MemberReader) bool {
	if (m.Field == fieldnames.Other || m.Field == fieldnames.StreamURL) && !m.Nested && len(m.Value) <= maxClassName && !agentName(m.Name) && SystemWords.In(m.Value) {
		return true
	}
	return namesService(m)
}

// namingKeys are names, in lower case, of members that name the part of a system that
// wrote the record.
var namingKeys = lex.Set("service", "service.name", "service_name", "servicename", "component", "module", "logger", "logger_name", "loggername", "subsystem",
	"provider", "exception", "exception_class", "gateway", "command", "sdk", "job", "task", "pipeline", "worker", "queue", "protocol", "app", "app_name", "appname",
	"application", "process", "program", "container", "container_name", "deployment", "workload")

// placeKeys are names, in lower case, of members that name a process, its code or what it
// called. Only a business's or vendor's name means something there.
var placeKeys = lex.Set("ident", "syslog_identifier", "_systemd_unit", "unit", "programname", "pod", "pod_name", "podname", "container.name", "kubernetes.pod_name",
	"namespace", "caller", "file", "filename", "function", "func", "op", "operation", "rpc", "rpc.service", "rpc.method", "grpc.service", "grpc.method", "method",
	"upstream", "upstream_host", "upstream_cluster", "backend", "target", "client", "integration", "vendor", "system", "class", "classname", "log.logger", "team",
	"k8s.pod.name", "k8s.container.name", "k8s.deployment.name", "kubernetes.labels.app", "labels.app", "otel.scope.name", "scope", "db.name")

// holderKeys are names, in lower case, of objects and lists in which a runtime or a
// collector names what wrote the record.
var holderKeys = lex.Set("service", "container", "kubernetes", "k8s", "labels", "resource", "dd", "fields", "tags", "source", "process", "docker", "stream", "attributes",
	"logging.googleapis.com/labels", "logging.googleapis.com/sourcelocation", "scope", "log", "agent", "deployment", "syslog")

// holdsName reports whether such an object or list names another service.
func holdsName(t []byte) bool {
	if i := lex.SkipSpace(t, 1); t[0] == '[' && i < len(t) && t[i] != '{' {
		return namesOther(t)
	}
	var low [lex.MaxField]byte
	for m, n := fieldnames.MembersOf(t), 0; n < maxWeighed && m.Next(); n++ {
		if m.Nested || len(m.Name) > len(low) || len(m.Value) > maxClassName {
			continue
		}
		name := string(lex.Lower(low[:0], m.Name))
		if (name == "name" || namingKeys[name] || placeKeys[name]) && isOtherName(m.Value, true) && !lex.HasFold(m.Value, servers.LicenceWords) {
			return true
		}
	}
	return false
}

// namesOther reports whether a word of a list is the name of another service.
func namesOther(t []byte) bool {
	if lex.HasFold(t, servers.LicenceWords) {
		return false
	}
	for len(t) > 0 {
		i := bytes.IndexAny(t, `,":[]`)
		if i < 0 {
			i = len(t)
		}
		if isOtherName(t[:i], true) {
			return true
		}
		t = t[min(i+1, len(t)):]
	}
	return false
}

// interfaces are names, in lower case, of systems and interfaces that have codes of
// their own.
var interfaces = lex.Set("db", "database", "s3", "sns", "sqs", "dynamodb", "grpc", "push", "email", "bluetooth", "wifi", "geolocation", "gps", "win32", "cast",
	"ads", "search", "agora", "agorartc", "diameter", "websocket", "mqtt", "storage", "ftp", "usb", "nfc", "hdmi", "tuner", "firmware", "ota", "iap",
	"storekit", "firebase", "dns", "tls", "vpn", "cdn", "consul", "vault", "weather", "speechrecognition", "facebook", "facebooksdk")

// backEnds are words in the names of an operator's other services. As the name of
// an object they mean nothing: {"account":{"errorCode":4020}}.
var backEnds = lex.Set("subscription", "subscriptions", "account", "accounts", "catalog", "catalogue", "order", "orders", "purchase", "purchases", "voucher",
	"vouchers", "profile", "profiles", "notification", "notifications", "etl", "rtmp", "graphql")

// IsOtherService reports whether name is that of another service, or of an interface: as
// the name of the object around a number, or as a word in the name of what wrote it.
func IsOtherService(name []byte) bool {
	var buf [lex.MaxField]byte
	if len(name) > len(buf) {
		return false
	}
	low := lex.Lower(buf[:0], name)
	return interfaces[string(low)] || businesses[string(low)] || vendors[string(low)]
}

// namesService reports whether the member names another service as the writer:
// "service":"billing-api", "command":"GetEpg". A name with a word for licences is none.
func namesService(m *fieldnames.MemberReader) bool {
	var low [lex.MaxField]byte
	if len(m.Name) > len(low) || len(m.Value) == 0 {
		return false
	}
	switch name := lex.Lower(low[:0], m.Name); {
	case m.Nested:
		return holderKeys[string(name)] && len(m.Value) <= maxWeighedValue && holdsName(m.Value)
	case len(m.Value) > maxClassName:
		return false
	case placeKeys[string(name)]:
		return m.Value[0] != '{' && isOtherName(m.Value, true) && !lex.HasFold(m.Value, servers.LicenceWords)
	case eventTypes[string(name)]:
		return isBusinessEvent(m.Value) && !lex.HasFold(m.Value, servers.LicenceWords)
	case !namingKeys[string(name)] || lex.HasFold(m.Value, servers.LicenceWords):
		return false
	}
	for v := m.Value; len(v) > 0; {
		end := endOfWord(v)
		if IsOtherService(v[:end]) || isBackEnd(v[:end]) {
			return true
		}
		for part := v[:end]; len(part) > 0; { // of a name in camel case
			n := endOfPart(part)
			if n < end && (IsOtherService(part[:n]) || isBackEnd(part[:n])) {
				return true
			}
			part = part[n:]
		}
		v = v[min(end+1, len(v)):]
	}
	return false
}

// eventTypes are names, in lower case, of members with the type of an event.
var eventTypes = lex.Set("type", "event", "eventname", "event_name", "eventtype", "event_type", "topic", "action")

// isBusinessEvent reports whether the first word of an event's type is a service that
// sells, lists or sends: payment_failed, order.rejected.
func isBusinessEvent(v []byte) bool {
	end := 0
	for end < len(v) && v[end] != '_' && lex.IsWord(v[end]) {
		end++
	}
	end = min(end, endOfPart(v))
	if end == len(v) || end > lex.MaxField {
		return false
	}
	var low [lex.MaxField]byte
	name := string(lex.Lower(low[:0], v[:end]))
	return businesses[name] || name == "order" || name == "orders" || name == "refund"
}

func isBackEnd(name []byte) bool {
	var low [lex.MaxField]byte
	return len(name) <= len(low) && backEnds[string(lex.Lower(low[:0], name))]
}

// endOfWord returns where the word at the beginning of a name ends: billing-api has two.
func endOfWord(v []byte) int {
	for i, c := range v {
		if !lex.IsWord(c) || c == '_' {
			return i
		}
	}
	return len(v)
}

// endOfPart returns where the first part of a word in camel case ends.
func endOfPart(v []byte) int {
	for i := 1; i < len(v); i++ {
		if lex.IsUpper(v[i]) && !lex.IsUpper(v[i-1]) {
			return i
		}
	}
	return len(v)
}

// NamesOther reports whether an object names another service as the writer of what is in
// it: {"logger":"com.example.payment.Gateway","body":{...}}.
func NamesOther(object []byte) bool {
	for m, n := fieldnames.MembersOf(object), 0; n < maxWeighed && m.Next(); n++ {
		if namesService(&m) {
			return true
		}
	}
	return false
}

// isConstant reports whether a text is the name of a constant, as systems name their
// errors: ABORTED, ITEM_UNAVAILABLE. The licence server's texts are sentences.
func isConstant(v []byte) bool {
	if len(v) < 4 || len(v) > lex.MaxField || string(v) == fieldnames.ServerStatus {
		return false
	}
	for _, c := range v {
		if !lex.IsUpper(c) && !lex.IsDigit(c) && c != '_' {
			return false
		}
	}
	return lex.IsUpper(v[0])
}
