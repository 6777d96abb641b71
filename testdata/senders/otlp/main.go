// Command otlp sends log records with the exporter of OpenTelemetry's Go SDK, as an
// instrumented program does: otlp URL RECORDS. Each has an extra code: every other one
// in its text, the rest in a map.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	otellog "go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
)

func main() {
	if err := send(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func send(url, records string) error {
	n, err := strconv.Atoi(records)
	if err != nil {
		return err
	}
	ctx := context.Background()
	exporter, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(url), otlploghttp.WithCompression(otlploghttp.GzipCompression))
	if err != nil {
		return err
	}
	provider := sdk.NewLoggerProvider(
		sdk.WithProcessor(sdk.NewBatchProcessor(exporter, sdk.WithMaxQueueSize(n))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "licence-proxy"))))
	logger := provider.Logger("senders")
	for i := range n {
		var r otellog.Record
		r.SetTimestamp(time.Now())
		if i%2 == 0 {
			r.SetBody(attribute.StringValue(fmt.Sprintf(`licence response {"errorCode":4025,"message":"m %d"}`, i)))
		} else {
			r.SetBody(attribute.MapValue(attribute.String("status", "UNGRANTED_REQUEST"), attribute.Int("error_code", 4015)))
		}
		logger.Emit(ctx, r)
	}
	return provider.Shutdown(ctx)
}
