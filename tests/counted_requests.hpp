#ifndef SEALSYNC_TESTS_COUNTED_REQUESTS_HPP
#define SEALSYNC_TESTS_COUNTED_REQUESTS_HPP

#include <sealsync/storage/operations.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>

// How a test that counts requests says what it found.

template <>
struct doctest::StringMaker<sealsync::request_counts> {
    static String convert(const sealsync::request_counts& r) {
        const auto text = "get " + std::to_string(r.get) + " head " + std::to_string(r.head) + " put " +
                          std::to_string(r.put) + " list " + std::to_string(r.list);
        return text.c_str();
    }
};

template <>
struct doctest::StringMaker<std::map<std::string, std::uint64_t>> {
    static String convert(const std::map<std::string, std::uint64_t>& all) {
        std::string text;
        for (const auto& [kind, count] : all) text += std::to_string(count) + " " + kind + "; ";
        return text.c_str();
    }
};

#endif
