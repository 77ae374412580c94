package conformance

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Reasons why a journey is not run behind the round robin.
const (
	ofFlags  = "it starts, stops or asks a process of its own, by flags"
	ofFile   = "its gateway serves a file or a folder of its own, which nodes of a fleet do not"
	ofShare  = "it empties a bucket of one request: each node has its part of a burst, rounded up"
	ofMemory = "what authorizers or issuers answered is kept by each node, and asked for by each"
	ofDrain  = "one process goes: a fleet has others that serve meanwhile"
	ofNode   = "records of a fleet name their node, those of a single process have none"
	ofSecond = "what keys have used is added up once a second"
	ofCounts = "it reads what one process has counted, remembered or logged"
	ofPort   = "it wants the port of the client's connection to be the listener's own, and a front that changes no byte has one before it"
	ofKeys   = "each node reads a file of keys that has changed within a second of its own"
	ofLimits = "it fills the memory, open files or connections that one process has"
)

// ofOneProcess are the journeys that speak of a single process, with the reason of each. All
// others are run behind the round robin by `make test-fleet`.
var ofOneProcess = map[string]string{
	"TestABootstrapCallsBack":                  ofFlags,
	"TestAClientHearsOfADrain":                 ofDrain,
	"TestAFleetOfOne":                          "it is about a process that is alone",
	"TestAWriterDiesBeforeItDeploys":           ofFlags,
	"TestAnImageUnderOtherPorts":               ofFlags,
	"TestAnImageWithoutAWord":                  ofFlags,
	"TestAnyoneIsBelieved":                     ofPort,
	"TestAnswersUnderWayAreBounded":            ofLimits,
	"TestApplyToAGateway":                      ofFlags,
	"TestBackupBesideARunningGateway":          ofFile,
	"TestBackupsAreVerified":                   ofFile,
	"TestBodiesOfStrangersTakeNoMemory":        ofLimits,
	"TestBodiesUnderWayAreBounded":             ofLimits,
	"TestBrokenDocumentsHarmThemselvesAlone":   ofFile,
	"TestCausesBehindHandshakes":               ofShare,
	"TestCausesOfErrorFrames":                  ofShare,
	"TestCausesOfRefusedRequests":              ofShare,
	"TestClientsLeaveOneAfterTheOther":         ofDrain,
	"TestCloneAnswersTheSame":                  ofFile,
	"TestCloneFromMoto":                        ofFile,
	"TestCloneInterrupted":                     ofFlags,
	"TestCloneIntoWhatTakesNothing":            ofFile,
	"TestCloneOfEverything":                    ofFile,
	"TestCloneWithFunctions":                   ofFlags,
	"TestDashboardAndAlertsNameWhatIsExported": ofCounts,
	"TestDevTLS":                               ofFlags,
	"TestDocumentOfAllOperations":              ofFile,
	"TestDomainNameIsTheClientsHost":           ofPort,
	"TestDomainNameIsTheListenersAddress":      ofPort,
	"TestDrainAnswersWhatIsUnderWay":           ofDrain,
	"TestDrainIsBounded":                       ofDrain,
	"TestExampleTerraform":                     ofFlags,
	"TestExecutionLogOfAnHTTPApi":              ofFile,
	"TestFullDisk":                             ofFile,
	"TestFunctionFlagIsChecked":                ofFlags,
	"TestFunctionsOfADocument":                 ofFlags,
	"TestFunctionsRunFromFolders":              ofFlags,
	"TestGoldenRecordOfARequest":               ofNode,
	"TestGoldenRecordsOfASocket":               ofNode,
	"TestHTTPJWTAuthorizer":                    ofMemory,
	"TestHTTPLambdaAuthorizer":                 ofMemory,
	"TestHTTPProxyOnTheWire":                   ofPort,
	"TestHTTPThrottles":                        ofShare,
	"TestHandshakesAreThrottled":               ofShare,
	"TestHeadersKeepTheirSpelling":             ofPort,
	"TestKeysAreReloaded":                      ofKeys,
	"TestKeysOfClients":                        ofKeys,
	"TestKeysOfConnections":                    ofKeys,
	"TestKeysOfTraces":                         ofKeys,
	"TestKilledAtAnyMoment":                    ofFile,
	"TestLimitedKeyOfConnections":              ofKeys,
	"TestLogOfTheProcess":                      ofFlags,
	"TestLogsOfAFunctionAreRecorded":           ofFlags,
	"TestLongTemplates":                        ofFile,
	"TestMaxConnections":                       ofLimits,
	"TestManagementRate":                       ofShare,
	"TestMessagesAreThrottled":                 ofShare,
	"TestMessagesUnderWayAreBounded":           ofLimits,
	"TestMetricsAreJudged":                     ofFlags,
	"TestMetricsOfBothProtocols":               ofCounts,
	"TestNoGoroutineOutlivesTheServer":         ofCounts,
	"TestNoTrustedProxy":                       ofPort,
	"TestNothingIsLeftBehind":                  ofFlags,
	"TestOpenFilesAreRaised":                   ofLimits,
	"TestOutboxesAreBoundedTogether":           ofLimits,
	"TestPagesSurviveARestart":                 ofFile,
	"TestProxyProtocol":                        ofPort,
	"TestQuotaSurvivesARestart":                ofFile,
	"TestReadmeHandlerPostsBack":               ofFlags,
	"TestRecordOfAMessage":                     ofNode,
	"TestRefusalsAreCounted":                   ofCounts,
	"TestResetAuthorizersCache":                ofMemory,
	"TestRestoreReplacesADamagedState":         ofFile,
	"TestServeConfigFile":                      ofFile,
	"TestServedDocumentsTakeInFiles":           ofFile,
	"TestSettingsAreReloaded":                  ofFlags,
	"TestSlowStrangersHoldUpNobody":            ofLimits,
	"TestStartOnAFullDisk":                     ofFile,
	"TestTheAccountIsThrottled":                ofShare,
	"TestTheMemoryOfAControlGroup":             ofLimits,
	"TestTrustedProxies":                       ofPort,
	"TestUnmappedFunctionsFailAtOnce":          ofFlags,
	"TestRightsOfOwnOperations":                "lines of local functions are those of the process that ran them",
	"TestUpgradeFromBefore":                    ofFile,
	"TestUpgradeOfADatabaseFromBefore":         ofFile,
	"TestUsageIsShown":                         ofSecond,
	"TestUsagePlanThrottles":                   ofShare,
}

// tellRobin tells what is left out.
func tellRobin() {
	for _, name := range slices.Sorted(maps.Keys(ofOneProcess)) {
		fmt.Printf("not behind the round robin: %s: %s\n", name, ofOneProcess[name])
	}
}

// The list names tests that there are, and so does the Makefile, which has none of them.
func TestNamesOfTheRoundRobin(t *testing.T) {
	files, err := os.ReadDir(".")
	must(t, err)
	there := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(file.Name())
		must(t, err)
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(text), -1) {
			there[found[1]] = true
		}
	}
	makefile, err := os.ReadFile("../Makefile")
	must(t, err)
	journeys := regexp.MustCompile(`(?m)^FLEET_JOURNEYS = (.*)$`).FindSubmatch(makefile)
	if journeys == nil {
		t.Fatal("the Makefile has no FLEET_JOURNEYS")
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(ofOneProcess)), strings.Split(string(journeys[1]), "|")) {
		if !there[name] {
			t.Errorf("there is no %s", name)
		}
		if ofOneProcess[name] != "" && strings.Contains(string(journeys[1]), name) {
			t.Errorf("%s is left out, and run", name)
		}
	}
}
