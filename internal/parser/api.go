package parser

import (
	"wvwatch/internal/parser/framing"
	"wvwatch/internal/parser/result"
)

// Header is the header of a W3C extended log. The zero value is that before its first line.
type Header = framing.Header

// What Parse returns, under the names by which the rest of the program knows it.
type (
	Event    = result.Event
	Request  = result.Request
	Result   = result.Result
	Refusal  = result.Refusal
	Outcome  = result.Outcome
	Evidence = result.Evidence
	Reason   = result.Reason
	Missing  = result.Missing
	Bound    = result.Bound
)

// The outcomes of a licence request.
const (
	Granted     = result.Granted
	Refused     = result.Refused
	Failed      = result.Failed
	Gateway     = result.Gateway
	NumOutcomes = result.NumOutcomes
)

// The kinds of evidence, strongest first.
const (
	ServerBody   = result.ServerBody
	ExtraField   = result.ExtraField
	Callback     = result.Callback
	SessionWords = result.SessionWords
	ServerWords  = result.ServerWords
	BareText     = result.BareText
	Configured   = result.Configured
	NumEvidence  = result.NumEvidence
)

// The reasons why a number is no code.
const (
	PlayerObject = result.PlayerObject
	Negative     = result.Negative
	Attached     = result.Attached
	OutOfRange   = result.OutOfRange
	AndroidWhat  = result.AndroidWhat
	NoObject     = result.NoObject
	OtherPath    = result.OtherPath
	NoEvidence   = result.NoEvidence
	NumReasons   = result.NumReasons
)

// The ways of reporting a failed licence without a code.
const (
	LicenceStatus     = result.LicenceStatus
	AcquisitionFailed = result.AcquisitionFailed
	ResponseCode      = result.ResponseCode
	SaidByServer      = result.SaidByServer
	LostShape         = result.LostShape
	NumMissing        = result.NumMissing
)

// The limits on what is read of a record.
const (
	DepthBound  = result.DepthBound
	EscapeBound = result.EscapeBound
	Base64Bound = result.Base64Bound
	RecordBound = result.RecordBound
	NumBounds   = result.NumBounds
)

// ClientSample is how many granted requests one that names its client represents.
const ClientSample = result.ClientSample
