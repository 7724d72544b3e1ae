-- The four tables as the specification writes them; tests/test_schema_catalogue.py compares PostgreSQL with them.
-- Assets table
CREATE TABLE media_assets (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    project_id UUID REFERENCES projects(id) ON DELETE CASCADE,
    filename VARCHAR(255) NOT NULL,
    mime_type VARCHAR(50) NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    provider VARCHAR(50) NOT NULL,
    model VARCHAR(100) NOT NULL,
    cost DECIMAL(10,4) NOT NULL,
    s3_key VARCHAR(500) NOT NULL,
    s3_bucket VARCHAR(100) NOT NULL,
    cdn_url VARCHAR(1000) NOT NULL,
    thumbnail_url VARCHAR(1000),
    generation_params JSONB,
    tags VARCHAR(50)[],
    collection_id UUID REFERENCES media_collections(id) ON DELETE SET NULL,
    version INTEGER DEFAULT 1,
    parent_asset_id UUID REFERENCES media_assets(id) ON DELETE SET NULL,
    created_at TIMESTAMP DEFAULT NOW(),
    expires_at TIMESTAMP,
    INDEX idx_user_project (user_id, project_id),
    INDEX idx_collection (collection_id),
    INDEX idx_created (created_at DESC)
);

-- Collections table
CREATE TABLE media_collections (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    name VARCHAR(255) NOT NULL,
    description TEXT,
    is_public BOOLEAN DEFAULT FALSE,
    created_at TIMESTAMP DEFAULT NOW(),
    INDEX idx_user (user_id)
);

-- Generation jobs table
CREATE TABLE media_generation_jobs (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    project_id UUID REFERENCES projects(id) ON DELETE CASCADE,
    provider VARCHAR(50) NOT NULL,
    operation VARCHAR(50) NOT NULL,
    params JSONB NOT NULL,
    status VARCHAR(20) NOT NULL,
    progress INTEGER DEFAULT 0,
    result JSONB,
    error JSONB,
    created_at TIMESTAMP DEFAULT NOW(),
    completed_at TIMESTAMP,
    INDEX idx_user_status (user_id, status),
    INDEX idx_created (created_at DESC)
);

-- Usage tracking
CREATE TABLE media_usage (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    asset_id UUID REFERENCES media_assets(id) ON DELETE CASCADE,
    provider VARCHAR(50) NOT NULL,
    operation VARCHAR(50) NOT NULL,
    cost DECIMAL(10,4) NOT NULL,
    credits_used INTEGER NOT NULL,
    created_at TIMESTAMP DEFAULT NOW(),
    INDEX idx_user_date (user_id, created_at),
    INDEX idx_provider (provider)
);
