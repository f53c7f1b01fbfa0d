#include "vault.hpp"

using namespace servers;

TEST_CASE(
    "presigned: an attachment of 40 MiB reaches Ceph from a device without credentials, by URLs for its bytes alone" *
    servers::need("CEPH")) {
    const bucket in{"CEPH"};
    access_log log{in};
    std::string content(std::size_t{40} << 20U, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>((i * 2'654'435'761U) >> 24U);
    {
        vault<ss::presigned_storage> vault{[&] { return open_presigned_store(in, "vaults", true); }};
        device<ss::presigned_storage> laptop{vault, "laptop"}, phone{vault, "phone"};
        const auto scan = laptop.attach(content, "scan.bin");
        laptop.put("r", "with a scan", {{}, {scan}});
        laptop.sync();
        phone.sync();
        CHECK(bool{phone.read(scan) == content});
        CHECK(phone.verify().attachments == 1);
    }
    std::size_t begun = 0, parts = 0, completed = 0;
    for (const auto& request : log.requests()) {
        CAPTURE(request);
        CHECK(request.find("X-Amz-Signature=") != std::string::npos);
        const auto has = [&](const char* what) { return request.find(what) != std::string::npos; };
        begun += request.starts_with("POST ") && (has("?uploads") || has("&uploads"));
        parts += has("partNumber=");
        completed += request.starts_with("POST ") && has("uploadId=");
    }
    CHECK(begun == 1);
    CHECK(parts == 6); // of 8 MiB: sealing adds a little
    CHECK(completed == 1);
}
