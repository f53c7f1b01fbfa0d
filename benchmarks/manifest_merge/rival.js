// usage: node --expose-gc --max-old-space-size=8192 rival.js DATA_SET REPETITIONS
// The first application's algorithm as JavaScript writes it: JSON.parse, sort by timestamp, a Map. Prints the
// milliseconds of each repetition, and checks its winners. The data set's files are described in data_set.hpp.
'use strict';
const fs = require('fs');

function load(name) {
    const data = fs.openSync(name, 'r');
    const set = {manifests: [], winners: ''};
    for (const line of fs.readFileSync(name + '.index', 'utf8').split('\n')) {
        const words = line.split(' ');
        if (words[0] === 'winners') set.winners = words[1];
        if (words[0] !== 'manifest') continue;
        const bytes = Buffer.alloc(Number(words[2]));
        fs.readSync(data, bytes, 0, bytes.length, Number(words[1]));
        set.manifests.push(bytes);
    }
    return set;
}

function merge(manifests) {
    const changes = [];
    for (const bytes of manifests) {
        for (const change of JSON.parse(bytes.toString('latin1')).changes) changes.push(change);
    }
    // No two are equal.
    changes.sort((left, right) => left.timestamp < right.timestamp ? -1 : 1);
    const state = new Map();
    for (const change of changes) state.set(change.collection_id + '/' + change.record_id, change);
    return state;
}

// As winners.hpp.
function shown(state) {
    let left = 0, right = 0;
    for (const c of state.values()) {
        const line = `${c.collection_id}|${c.record_id}|${c.version}|${c.timestamp}|${c.action}|`;
        let a = 2166136261, b = 305419896;
        for (let i = 0; i < line.length; ++i) {
            a = Math.imul(a ^ line.charCodeAt(i), 16777619);
            b = Math.imul(b ^ line.charCodeAt(i), 16777619);
        }
        left = (left + (a >>> 0)) % 4294967296;
        right = (right + ((b ^ (b >>> 15)) >>> 0)) % 4294967296;
    }
    return `${state.size}-${left}-${right}`;
}

const set = load(process.argv[2]);
for (let i = 0; i < Number(process.argv[3]); ++i) {
    global.gc(); // what an earlier repetition left is not this one's
    const begin = process.hrtime.bigint();
    const state = merge(set.manifests);
    const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6;
    const found = shown(state);
    if (found !== set.winners) {
        console.error(`node: ${found} instead of ${set.winners}`);
        process.exit(1);
    }
    console.log(milliseconds);
}
