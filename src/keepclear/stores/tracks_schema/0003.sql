-- Whether a source itself said a thing's standing, and that it is invented: else both are what its feed has. Of what
-- was kept before this nobody knows: what was of others stays so until its source says otherwise.
ALTER TABLE thing ADD COLUMN standing_said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thing ADD COLUMN invented_said INTEGER NOT NULL DEFAULT 0;
UPDATE thing SET standing_said = (standing = 'other');
