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
    const auto of_checkpoint = [](segment s) {
        checkpoint c;
        c.vault = s.vault;
        c.scope = s.scope;
        c.device = s.device;
        c.last_updated = s.last_updated;
        c.logs = sample_head().logs;
        c.met = {{id128<run_id>(1), {}}};
        for (const std::uint64_t n : {1, 2, 3, 7}) c.met[0].edits.insert(n);
        c.siblings = std::move(s.changes);
        return c;
    };
    print("checkpoint", write_checkpoint(of_checkpoint(sample_segment()), field));
    random_manifests random{5};
    for (int i = 0; i < 300; ++i) {
        print("segment", write_segment(random.next_segment(), i % 2 == 0 ? field : "collection_id"));
        print("head", write_head(random.next_head()));
    }
}
