#include <sealsync/ext/simdjson_merge/change_layout.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;
using detail::change_layout;
using detail::layout_learner;
using detail::text_of;
using detail::varying_value;

constexpr std::string_view record =
    R"({"size": 5, "type":"record","owner" : "emma","replaces":[ "a:1" ],"attachments":[], "dot":"a:2" })";

TEST_CASE("layout_learner: takes a record apart, into what varies and what stands between") {
    layout_learner learner{"owner"};
    const auto layout = learner.learn(record).value();
    REQUIRE(layout.count == 5);
    CHECK(layout.steps[0].what == varying_value::size);
    CHECK(text_of(layout.steps[0].before) == "{\"size\": ");
    CHECK(layout.steps[1].what == varying_value::collection);
    CHECK(text_of(layout.steps[1].before) == ", \"type\":\"record\",\"owner\" : \"");
    CHECK(layout.steps[2].what == varying_value::replaces);
    CHECK(text_of(layout.steps[2].before) == "\",\"replaces\":[");
    CHECK(text_of(layout.replaces.before) == " \"");
    CHECK(text_of(layout.replaces.after) == "\" ]");
    CHECK(layout.replaces.none.size == 0);
    CHECK(text_of(layout.steps[3].before) == ",\"attachments\":[");
    CHECK(text_of(layout.attachments.none) == "]");
    CHECK(layout.steps[4].what == varying_value::edit);
    CHECK(text_of(layout.after) == "\" }");
    CHECK_FALSE(layout.has_digest);
    CHECK(std::string_view{learner.places().collection, 4} == "emma");
    CHECK(std::string_view{learner.places().replaced, 3} == "a:1");
    CHECK(std::string_view{learner.places().dot, 3} == "a:2");
}

TEST_CASE("layout_learner: learns nothing of what is no record, of other fields, and of too much white space") {
    layout_learner learner{"owner"};
    CHECK(learner.learn(R"({"type":"record","owner":"emma"})"));
    CHECK_FALSE(learner.learn(R"({"type":"profile","owner":"emma"})"));
    CHECK_FALSE(learner.learn(R"({"type":"record","owner":"emma","filename":""})"));
    CHECK_FALSE(learner.learn(R"({"type":"record","\u006fwner":"emma"})"));
    CHECK_FALSE(learner.learn("{" + std::string(200, ' ') + R"("owner":"emma"})"));
    CHECK_FALSE(learner.learn(R"({"owner":"emma")" + std::string(200, ' ') + "}"));
}

TEST_CASE("change_layout: joins what another knows of lists, if they differ in nothing else") {
    const auto learn = [](std::string_view list, std::string_view space = "") {
        return layout_learner{"owner"}
            .learn(R"({"attachments":[)" + std::string{list} + "]," + std::string{space} + R"("dot":"a:2"})")
            .value();
    };
    auto layout = learn("");
    CHECK(layout.join(learn(R"("a", "b", "c")")));
    CHECK(text_of(layout.attachments.none) == "]");
    CHECK(text_of(layout.attachments.before) == "\"");
    CHECK(text_of(layout.attachments.between) == "\", \"");
    CHECK(text_of(layout.attachments.after) == "\"]");
    CHECK_FALSE(layout.join(learn("", " ")));
}

} // namespace
