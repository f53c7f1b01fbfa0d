// A libFuzzer target: no bytes break a reader of S3's documents, what it accepts keeps its promises, and the keys of a
// listing come through another one unchanged.
//   clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -I include tests/fuzz/s3_xml.cpp -lpugixml
#include <sealsync/ext/pugixml/pugixml_s3_xml.hpp>

#include <cstdlib>

namespace {

using namespace sealsync;
using xml = pugixml_s3_xml;

void hold(bool property) {
    if (!property) std::abort();
}

/// A value, or `errc::malformed`.
template <class T>
result<T> tried(result<T> outcome) {
    hold(outcome || (outcome.error() == errc::malformed && outcome.error().detail().size() < 200));
    return outcome;
}

void listings(bytes_view document) {
    const auto page = tried(xml::listing(document));
    if (!page) return;
    std::string again = "<ListBucketResult><EncodingType>url</EncodingType>";
    for (const auto& entry : page->entries) {
        hold(!entry.key.empty());
        again += "<Contents><Key>" + uri_encoded(entry.key) + "</Key><Size>" + std::to_string(entry.size) +
                 "</Size></Contents>";
    }
    const auto second = xml::listing(again + "</ListBucketResult>").value();
    hold(second.entries.size() == page->entries.size());
    for (std::size_t i = 0; i < second.entries.size(); ++i) {
        hold(second.entries[i].key == page->entries[i].key && second.entries[i].size == page->entries[i].size);
    }
}

void uploads(bytes_view document) {
    if (const auto page = tried(xml::parts(document))) {
        for (const auto& part : page->parts) hold(part.number >= 1 && part.number <= 10'000);
    }
    if (const auto found = tried(xml::uploads(document))) {
        for (const auto& one : *found) hold(!one.id.empty());
    }
    if (const auto id = tried(xml::upload_id(document))) hold(!id->empty());
    (void)tried(xml::completed(document));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bytes_view document{std::span{data, size}};
    (void)xml::error(document);
    (void)tried(xml::delete_faults(document));
    listings(document);
    uploads(document);
    return 0;
}
