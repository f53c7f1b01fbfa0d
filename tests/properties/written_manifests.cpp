// Prints manifests as the library writes them, one on a line after its kind, for schemas.py to judge.
#include <sealsync/manifest/writer.hpp>

#include "../manifest/samples.hpp"

#include <iostream>

int main() {
    using namespace sealsync_tests;
    const auto print = [](std::string_view kind, const result<bytes>& json) {
        std::cout << kind << '\t' << as_text(json.value()) << '\n';
    };
    print("segment", write_segment(sample_segment(), field));
    print("head", write_head(sample_head()));
    random_manifests random{5};
    for (int i = 0; i < 300; ++i) {
        print("segment", write_segment(random.next_segment(), i % 2 == 0 ? field : "collection_id"));
        print("head", write_head(random.next_head()));
    }
}
