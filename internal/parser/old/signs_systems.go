package old

// systemKeys are names, in lower case, of members that databases, runtimes and
// queues write next to their numbers.
var systemKeys = set("errno", "sqlstate", "sqlmessage", "sqlcode", "sql_state", "syscall", "hresult", "sourceerror", "winerror", "vendorcode", "systemcode", "system_code", "closecode", "close_code", "vasterrorcode", "adid", "cdm", "nserrordomain",
	"codename", "codedesc", "innererror", "resultname", "originhost", "partition", "broker", "componentstack", "ssid", "bssid", "realm", "statement", "hystrix", "fbtrace_id", "pspreference")

// systemWords are words, in lower case, of databases and queues in names and texts.
var systemWords = setOf(words("sql", "kafka", "redis", "postgres", "mongo", "jdbc", "oracle", "hibernate", "rabbitmq", "elastic", "cassandra", "zookeeper", "ldap", "smtp", "errordomain", "aderror", "adload", "adplay", "vast", "diameter", "amazonaws", "springframework.dao"))

// maxClassName bounds the name of a class with its package.
const maxClassName = 128

// isSystems reports whether the member names another system, as a word of its own.
func (m *memberReader) isSystems() bool {
	if m.nested || len(m.value) > maxClassName || m.key != keyOther && m.key != keyStreamURL {
		return false
	}
	return !agentName(m.name) && systemWords.in(m.value) || m.namesService()
}

// namingKeys are names, in lower case, of members that say which part of a system
// wrote the record.
var namingKeys = set("service", "service.name", "service_name", "servicename", "component", "module", "logger", "logger_name", "loggername", "subsystem",
	"provider", "exception", "exception_class", "gateway", "command", "sdk")

// otherServices are names, in lower case, of services and interfaces that have
// codes of their own: as the name of the object around a number, or as a word in
// the name of what wrote it.
var otherServices = set("db", "database", "s3", "sns", "sqs", "dynamodb", "grpc", "billing", "payment", "payments", "checkout", "stripe", "paypal", "adyen",
	"braintree", "fcm", "apns", "push", "email", "sms", "twilio", "bluetooth", "wifi", "geolocation", "gps", "win32", "cast", "crm", "epg", "cms", "ads",
	"keycloak", "recommendation", "recommendations", "search", "agora", "agorartc", "diameter", "websocket", "mqtt",
	"storage", "ftp", "usb", "nfc", "hdmi", "tuner", "firmware", "ota", "iap", "storekit", "firebase", "sendgrid", "mailgun", "klarna", "invoice", "invoices",
	"dns", "tls", "vpn", "cdn", "consul", "vault", "weather", "speechrecognition", "appsflyer", "facebook", "facebooksdk")

// backEnds are words in the names of an operator's other services. As the name of
// an object they say nothing: {"account":{"errorCode":4020}}.
var backEnds = set("subscription", "subscriptions", "account", "accounts", "catalog", "catalogue", "order", "orders", "purchase", "purchases", "voucher",
	"vouchers", "profile", "profiles", "notification", "notifications", "etl", "rtmp", "graphql")

// isOtherService reports whether name is that of another service.
func isOtherService(name []byte) bool {
	var low [maxField]byte
	return len(name) <= len(low) && otherServices[string(lower(low[:0], name))]
}

// namesService reports whether the member names another service as the writer:
// "service":"billing-api". A name that speaks of licences is none.
func (m *memberReader) namesService() bool {
	var low [maxField]byte
	if len(m.name) > len(low) || !namingKeys[string(lower(low[:0], m.name))] || hasFold(m.value, licenceWords) {
		return false
	}
	for v := m.value; len(v) > 0; {
		end := 0
		for end < len(v) && isWord(v[end]) && v[end] != '_' {
			end++
		}
		if isOtherService(v[:end]) || end <= len(low) && backEnds[string(lower(low[:0], v[:end]))] {
			return true
		}
		v = v[min(end+1, len(v)):]
	}
	return false
}
