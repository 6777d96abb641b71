package parser

import "bytes"

// key is what a member's name means to the parser.
type key uint8

const (
	keyOther     key = iota
	keyErrorCode     // the server body's code
	keyExtra         // a field named as the extra, which may also be an object with a code
	keyExtraCode     // one that can only be a number
	keyWhat          // the Android callback's
	keyCode
	keyMessage   // text that is a record of its own where loggers wrap one another
	keyGrade     // severity, category: a player's where they are its numbers, a logger's where they are words
	keyPlayer    // only players write this
	keyStreamURL // the content's address, not the licence server's
	keyEvents    // an array of records in one line
	keyEntries   // one of such arrays of a time and a text each
	keyData      // a record of a batch, in base64
	keyTime
	keyTS // a time of zap's, which writes durations in seconds
	keyMethod
	keyPath
	keyRequestLine
	keyStatus
	keySeconds // durations, by their unit
	keyMillis
	keyNanos
	keyTook      // a number whose form tells its unit
	keyTaken     // of W3C: whole milliseconds, or seconds with a point
	keyLatencies // an object of Kong's, whose request is a duration
	keyTenant
	keyCorrelation
	keyRequestID
	keyErrorRecord // only of a record that stands beside an access log's
)

// keyIn names a member of an object under another key.
func keyIn(under key, name []byte) key {
	k := keyOf(name)
	if under == keyLatencies && k == keyRequestLine {
		return keyMillis
	}
	return k
}

// keyOf names a member. It is asked for every member of every record that is
// read, hence one switch, which the compiler turns into a search by length.
func keyOf(name []byte) key {
	switch string(name) {
	case "errorCode", "_errorCode":
		return keyErrorCode
	case "extra", "extras", "_extra", "_extras": // GELF begins the names of fields so
		return keyExtra
	case "extra_code", "extraCode", "widevine_extra", "_extra_code", "_extraCode", "_widevine_extra":
		return keyExtraCode
	case "what":
		return keyWhat
	case "code":
		return keyCode
	case "message", "msg", "log", "MESSAGE", "@message", "event.original", "original":
		return keyMessage
	case "severity", "category":
		return keyGrade
	case "errorSeverity", "errorCategory", "errorMessage", "nativeError", "errorCodeName", "detailedErrorCode":
		return keyPlayer
	case "serverUrl", "source", "streamUrl", "manifestUri", "referer", "referrer", "Referer", "http_referer":
		return keyStreamURL
	case "logEvents", "Records", "records", "logRecords", "logs":
		return keyEvents
	case "values":
		return keyEntries
	case "data":
		return keyData
	case "ts":
		return keyTS
	case "time", "timestamp", "@timestamp", "date", "datetime", "eventTime", "event_time", "timeUnixNano", "asctime",
		"start_time", "StartUTC", "time_iso8601", "time_local", "msec", "__REALTIME_TIMESTAMP", "EdgeStartTimestamp", "timeStamp", "started_at",
		"requestTime", "requestTimeEpoch", "timeMillis", "epochSecond", "accept_date", "reqTimeSec", "Timestamp", "@t":
		return keyTime
	case "method", "request_method", "requestMethod", "RequestMethod", "http_method", "httpMethod", "verb", "http.request.method",
		"http.method", "reqMethod", "req.method", "request.method", "cs-method", "Method", "ClientRequestMethod", "_request_method":
		return keyMethod
	case "uri", "url", "path", "request_uri", "requestUri", "requestUrl", "RequestPath", "request_url", "originalUrl",
		"url.path", "url.original", "http.url", "http.target", "target", "request_path", "requestPath", "req.url", "request.url", "request.uri",
		"request.path", "cs-uri-stem", "http_path", "httpPath", "endpoint", "Path", "RequestUri", "ClientRequestURI", "ClientRequestPath", "uri_path", "reqPath", "_request_path":
		return keyPath
	case "request":
		return keyRequestLine
	case "status", "statusCode", "status_code", "response_code", "responseStatus", "DownstreamStatus", "http_status",
		"httpStatus", "http.response.status_code", "http.status_code", "res.statusCode", "response.status", "response.status_code",
		"http_status_code", "responseCode", "sc-status", "elb_status_code", "StatusCode", "EdgeResponseStatus", "response_status",
		"httpStatusCode", "_status":
		return keyStatus
	case "request_time", "duration_s", "timeTaken", "duration_seconds", "request_duration_seconds", "elapsed_s", "latency_s":
		return keySeconds
	case "responseTime", "response_time", "duration_ms", "durationMs", "elapsed_ms", "elapsedMs", "latency_ms", "latencyMs",
		"response_time_ms", "responseTimeMs", "took_ms", "Elapsed", "turnAroundTimeMSec":
		return keyMillis
	case "Duration", "duration_ns", "elapsed_ns", "event.duration":
		return keyNanos
	case "time-taken":
		return keyTaken
	case "latencies":
		return keyLatencies
	case "duration", "elapsed", "latency", "took":
		return keyTook
	case "tenant", "tenantId", "tenant_id", "tenantID", "nv-tenant-id", "Nv-Tenant-Id", "http_nv_tenant_id", "nv_tenant_id":
		return keyTenant
	case "correlation_id", "correlationId", "correlationID", "correlation-id", "cid", "nv-correlation-id", "x-correlation-id", "X-Correlation-Id",
		"X-Correlation-ID", "x_correlation_id", "http_x_correlation_id", "upstream_http_x_correlation_id",
		"sent_http_x_correlation_id":
		return keyCorrelation
	case "request_id", "requestId", "requestID", "req_id", "reqId", "rid", "x-request-id", "X-Request-Id", "X-Request-ID",
		"http_x_request_id", "x_request_id":
		return keyRequestID
	case "err_trace", "err_id": // Caddy's
		return keyErrorRecord
	}
	if n := len(name); n > 0 && (name[0] == ' ' || name[n-1] == ' ') { // some players pad their keys
		if t := bytes.TrimSpace(name); len(t) < n {
			return keyOf(t)
		}
	}
	return keyOther
}
