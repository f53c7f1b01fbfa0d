#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <iostream>

namespace {

/// Ends the run with the names of skipped tests and a line of counts, from which tests/run.sh makes its total.
class tally final : public doctest::IReporter {
public:
    explicit tally(const doctest::ContextOptions&) {}

    void test_run_end(const doctest::TestRunStats& run) override {
        const auto passed = run.numTestCasesPassingFilters - run.numTestCasesFailed;
        std::cout << "tally: " << passed << " passed, " << run.numTestCasesFailed << " failed, " << skipped_
                  << " skipped" << std::endl;
    }
    void test_case_skipped(const doctest::TestCaseData& test) override {
        if (!test.m_skip) return; // left out by a filter, not by the test itself
        ++skipped_;
        std::cout << "skipped: " << test.m_name << '\n';
    }

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_case_start(const doctest::TestCaseData&) override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {}
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}

private:
    unsigned skipped_ = 0;
};

DOCTEST_REGISTER_LISTENER("tally", 1, tally);

} // namespace
