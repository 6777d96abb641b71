// Package fieldnames is the dictionary of field names: what a name means, in JSON, in
// logfmt, in LTSV and in text alike, and which words are a player's.
//
// It reads names and members, and leaves to others what their values are worth.
package fieldnames

import (
	"bytes"

	"wvwatch/internal/parser/lex"
)

// Dictionary is the dictionary of field names: what a name means, in JSON, in
// logfmt, in LTSV and in text alike. A new name is a word here and nothing else.
var Dictionary = [...]struct {
	Field   Field
	Meaning string // for the table of the documentation
	Names   [][]byte
}{
	{ErrorCode, "the code of a server body", lex.Words("errorCode", "_errorCode")},
	{Extra, "the extra, also an object with a code", lex.Words("extra", "extras", "_extra", "_extras")},
	{ExtraCode, "the extra, a number only", lex.Words("extra_code", "extraCode", "widevine_extra", "_extra_code", "_extraCode",
		"_widevine_extra")},
	{What, "the Android callback's what", lex.Words("what")},
	{Code, "the HTTP status of a body, or the code of an extra", lex.Words("code")},
	{Message, "text that is a record of its own", lex.Words("message", "msg", "log", "MESSAGE", "@message", "event.original", "original")},
	{Grade, "a log level, or a player's number", lex.Words("severity", "category")},
	{Player, "a player alone writes it", lex.Words("errorSeverity", "errorCategory", "errorMessage", "nativeError", "errorCodeName",
		"detailedErrorCode")},
	{StreamURL, "the content's address", lex.Words("source", "streamUrl", "manifestUri", "referer", "referrer", "Referer",
		"http_referer")},
	{ServerURL, "the content's address, or the endpoint of SSM and of renewals", lex.Words("serverUrl")},
	{Answer, "what a server answered", lex.Words("body", "response", "resp", "serverResponse", "server_response", "responseBody", "response_body", "resp_body",
		"responseText", "response_text", "upstream", "upstream_body", "upstream_response", "answer", "reply", "serverMessage", "serverBody", "server_body", "error_body", "errorBody", "rawResponse", "raw_response", "responseData")},
	{Licence, "what a licence server answered", lex.Words("ssp", "licenseResponse", "licenceResponse", "license_response", "licence_response")},
	{Events, "an array of records", lex.Words("logEvents", "Records", "records", "logRecords", "logs")},
	{Entries, "an array of times and texts", lex.Words("values")},
	{Data, "a record of a batch, in base64", lex.Words("data")},
	{TS, "time", lex.Words("ts")},
	{Time, "time", lex.Words("time", "timestamp", "@timestamp", "date", "datetime", "eventTime", "event_time", "timeUnixNano", "asctime",
		"start_time", "StartUTC", "time_iso8601", "time_local", "msec", "__REALTIME_TIMESTAMP", "EdgeStartTimestamp", "timeStamp", "started_at",
		"requestTime", "requestTimeEpoch", "timeMillis", "epochSecond", "accept_date", "startedDateTime", "Time", "_time", "DateTime", "EventTime", "eventTimestamp", "event_timestamp", "TimeGenerated", "reqTimeSec", "Timestamp", "@t")},
	{Method, "HTTP method", lex.Words("method", "request_method", "requestMethod", "RequestMethod", "http_method", "httpMethod", "verb",
		"http.request.method", "http.method", "reqMethod", "req.method", "request.method", "cs-method", "Method", "ClientRequestMethod",
		"_request_method")},
	{Path, "path or URL of the request", lex.Words("uri", "url", "path", "request_uri", "requestUri", "requestUrl", "RequestPath",
		"request_url", "originalUrl", "url.path", "url.original", "http.url", "http.target", "target", "request_path", "requestPath", "req.url",
		"request.url", "request.uri", "request.path", "cs-uri-stem", "http_path", "httpPath", "endpoint", "Path", "RequestUri",
		"ClientRequestURI", "ClientRequestPath", "uri_path", "reqPath", "_request_path", "resourcePath")},
	{RequestLine, "request line", lex.Words("request", "req")},
	{Status, "HTTP status of the answer", lex.Words("status", "statusCode", "status_code", "response_code", "responseStatus",
		"DownstreamStatus", "http_status", "httpStatus", "http.response.status_code", "http.status_code", "res.statusCode", "response.status",
		"response.status_code", "http_status_code", "responseCode", "sc-status", "elb_status_code", "StatusCode", "EdgeResponseStatus",
		"response_status", "httpStatusCode", "_status", "http.status")},
	{Seconds, "duration in seconds", lex.Words("request_time", "duration_s", "timeTaken", "duration_seconds", "request_duration_seconds",
		"elapsed_s", "latency_s", "rt", "reqtime")},
	{Millis, "duration in milliseconds", lex.Words("responseTime", "response_time", "duration_ms", "durationMs", "elapsed_ms", "elapsedMs",
		"latency_ms", "latencyMs", "response_time_ms", "responseTimeMs", "took_ms", "Elapsed", "turnAroundTimeMSec")},
	{Nanos, "duration in nanoseconds", lex.Words("Duration", "duration_ns", "elapsed_ns", "event.duration")},
	{Taken, "duration, whole milliseconds or seconds with a point", lex.Words("time-taken")},
	{Latencies, "an object of durations", lex.Words("latencies")},
	{Took, "duration, its unit by its form", lex.Words("duration", "elapsed", "latency", "took")},
	{Tenant, "tenant", lex.Words("tenant", "tenantId", "tenant_id", "tenantID", "nv-tenant-id", "Nv-Tenant-Id", "http_nv_tenant_id",
		"nv_tenant_id")},
	{Correlation, "correlation id", lex.Words("correlation_id", "correlationId", "correlationID", "correlation-id", "cid", "nv-correlation-id",
		"x-correlation-id", "X-Correlation-Id", "X-Correlation-ID", "x_correlation_id", "http_x_correlation_id",
		"upstream_http_x_correlation_id", "sent_http_x_correlation_id")},
	{RequestID, "request id", lex.Words("request_id", "requestId", "requestID", "req_id", "reqId", "rid", "x-request-id", "X-Request-Id",
		"X-Request-ID", "http_x_request_id", "x_request_id")},
	{Device, "id of the device, client or user", lex.Words("device_id", "deviceId", "deviceID", "deviceid", "device-id", "device.id", "x-device-id",
		"X-Device-Id", "X-Device-ID", "http_x_device_id", "x_device_id", "DeviceId", "device_uuid", "deviceUuid", "duid", "udid", "esn", "stb_id", "stbId",
		"client_id", "clientId", "clientID", "client-id", "client.id", "x-client-id", "X-Client-Id", "http_x_client_id", "ClientId",
		"user_id", "userId", "userID", "user-id", "user.id", "x-user-id", "X-User-Id", "http_x_user_id", "UserId", "uid", "enduser.id",
		"subscriber_id", "subscriberId", "account_id", "accountId", "customer_id", "customerId", "household_id", "householdId")},
	{Forwarded, "addresses that X-Forwarded-For names, the client's first", lex.Words("x_forwarded_for", "xForwardedFor", "x-forwarded-for", "X-Forwarded-For",
		"http_x_forwarded_for", "forwarded_for", "forwardedFor", "forwardedfor", "xff", "XFF", "forwarded", "Forwarded", "http_forwarded",
		"request_x_forwarded_for", "req_x_forwarded_for", "XForwardedFor")},
	{ClientIP, "address of the client", lex.Words("client_ip", "clientIp", "clientIP", "clientip", "ClientIP", "ClientIp", "client_addr", "clientAddr",
		"ClientAddr", "ClientHost", "client_address", "clientAddress", "client.ip", "client.address", "client", "c-ip", "cliIP", "sourceIp", "sourceIP",
		"source_ip", "source.ip", "source.address", "src_ip", "srcIp", "http.client_ip", "user_ip", "userIp", "callerIpAddress", "http_x_real_ip",
		"x-real-ip", "X-Real-IP", "X-Real-Ip", "x_real_ip", "realip", "real_ip", "true-client-ip", "True-Client-IP", "cf-connecting-ip",
		"CF-Connecting-IP", "Cf-Connecting-Ip", "http_cf_connecting_ip", "downstream_remote_address", "ClientIPAddress")},
	{Remote, "address of the connection, with or without its port", lex.Words("remote_addr", "remoteAddr", "remote_address", "remoteAddress", "RemoteAddr", "remote_ip",
		"remoteIp", "remoteIP", "RemoteIP", "RemoteIpAddress", "remote_host", "remoteHost", "remote", "addr", "ip", "ip_address", "ipAddress", "peer",
		"peer_addr", "peer_address", "net.peer.ip", "network.peer.address", "net.sock.peer.addr")},
	{Person, "an object with the id of a device or user", lex.Words("device", "user", "subscriber", "viewer", "customer", "enduser")},
	{ErrorRecord, "a record about a request that an access record reports, too", lex.Words("err_trace", "err_id")},
}

// named is the dictionary by a hash of the name. Of is asked for every member
// of every record that is read, so a name that means nothing costs one look.
var named = nameTable()

// nameSlots is the size of the table, a power of two.
const nameSlots = 1 << 10

type namedKey struct {
	name string
	key  Field
	next uint16 // one more than the index of the next name with that hash
}

type namedKeys struct {
	lengths [256]uint64       // of the names with a first byte: bit n for n bytes
	slots   [nameSlots]uint16 // one more than an index of keys
	keys    []namedKey
}

func nameTable() *namedKeys {
	t := new(namedKeys)
	for _, f := range Dictionary {
		for _, name := range f.Names {
			h := hashName(name)
			t.lengths[name[0]] |= 1 << len(name)
			t.keys = append(t.keys, namedKey{string(name), f.Field, t.slots[h]})
			t.slots[h] = uint16(len(t.keys))
		}
	}
	return t
}

// hashName mixes the length and four bytes of a name that is not empty.
func hashName(name []byte) uint32 {
	n := len(name)
	h := uint32(n)*0x9e37 ^ uint32(name[0])<<3 ^ uint32(name[n/3])*0x1f1 ^ uint32(name[n/2])*0x3d ^ uint32(name[n-1])*0x85
	return (h ^ h>>10) % nameSlots
}

// Of returns what a field's name means.
func Of(name []byte) Field {
	n := len(name)
	if n == 0 {
		return Other
	}
	if named.lengths[name[0]]>>min(n, 63)&1 != 0 { // most names that mean nothing need no hash
		for i := named.slots[hashName(name)]; i > 0; {
			k := &named.keys[i-1]
			if string(name) == k.name {
				return k.key
			}
			i = k.next
		}
	}
	if name[0] == ' ' || name[n-1] == ' ' { // some players pad their keys
		return Of(bytes.TrimSpace(name))
	}
	return Other
}
